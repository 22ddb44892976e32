// Products of rows with a weight of bytes, for processors with AVX2 that have no instructions for
// sums of byte products in 32 bits. Rows are quantised here, as weights are in Python (`tiles.py`):
// with one scale for each `GROUP` numbers that follow one another, after a Hadamard transform of
// them. Sums of a group are of whole numbers, and groups are added one after the other, so a row
// comes out the same whoever else is there.
//
// Compiled with GROUP and with MOST, which whole numbers of a row are at most. Products of a step,
// two of every quad, are summed in 16 bits, for which `tiles.py` leaves room in the weights: less
// than half of what it takes to sum every two of them in 32 bits, which is what a processor
// without instructions for it spends most of its time on.

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

// A tile is as large as the registers allow: its sums, and what they are made of.
constexpr int ROWS = 4, COLUMNS = 16;
// Numbers that are multiplied at once in each column, and those of a step.
constexpr int QUAD = 4, STEP = 4 * QUAD;
// Numbers of a register.
constexpr int LANES = 8;
static_assert(GROUP >= STEP && (GROUP & (GROUP - 1)) == 0, "a group is a power of two");
// Bytes that memory is read in.
constexpr int LINE = 64;
// Tiles below each other that are gone through with the same columns, so that their rows stay in
// the cache.
constexpr int64_t CHUNK = 48;

typedef __m256i Bytes;
typedef int32_t Quad __attribute__((may_alias));

// Sums and differences of numbers whose places differ in one bit: of those `distance` apart in a
// register, which `swapped` has in each other's places.
template <int distance>
static inline __attribute__((always_inline)) __m256 within(__m256 numbers, __m256 swapped) {
    const __m256 signs = _mm256_castsi256_ps(_mm256_setr_epi32(
        0, distance & 1 ? INT32_MIN : 0, distance & 2 ? INT32_MIN : 0,
        distance & 3 ? INT32_MIN : 0, distance & 4 ? INT32_MIN : 0,
        distance & 5 ? INT32_MIN : 0, distance & 6 ? INT32_MIN : 0, INT32_MIN));
    return _mm256_add_ps(swapped, _mm256_xor_ps(numbers, signs));
}

// The Hadamard transform of a group, not divided by its length's root: sums of all its numbers, each
// with its own signs. What one number alone had, all have a part of then.
static inline __attribute__((always_inline)) void transform(__m256 (&x)[GROUP / LANES]) {
#pragma GCC unroll 16
    for (__m256& numbers : x) {
        numbers = within<1>(numbers, _mm256_permute_ps(numbers, 0xB1));
        numbers = within<2>(numbers, _mm256_permute_ps(numbers, 0x4E));
        numbers = within<4>(numbers, _mm256_permute2f128_ps(numbers, numbers, 1));
    }
#pragma GCC unroll 16
    for (int distance = 1; distance < GROUP / LANES; distance *= 2)
#pragma GCC unroll 16
        for (int i = 0; i < GROUP / LANES; i++)
            if (!(i & distance)) {
                const __m256 first = x[i], second = x[i + distance];
                x[i] = _mm256_add_ps(first, second);
                x[i + distance] = _mm256_sub_ps(first, second);
            }
}

// A group [in] of a row as bytes, a tile's rows step by step below each other, and its scale. A group
// that is not whole is taken as it is.
static void quantise(const float* row, int64_t in, uint8_t* bytes, float* scale) {
    __m256 x[GROUP / LANES] = {};
    if (in == GROUP) {
#pragma GCC unroll 16
        for (int i = 0; i < GROUP / LANES; i++) x[i] = _mm256_loadu_ps(row + i * LANES);
        transform(x);
    } else {
        for (int i = 0; i < in / LANES; i++) x[i] = _mm256_loadu_ps(row + i * LANES);
    }
    const __m256 sign = _mm256_set1_ps(-0.0f);
    __m256 highest = _mm256_setzero_ps(), strange = _mm256_setzero_ps();
    for (const __m256& numbers : x) {
        highest = _mm256_max_ps(highest, _mm256_andnot_ps(sign, numbers));
        strange = _mm256_or_ps(strange, _mm256_cmp_ps(numbers, numbers, _CMP_UNORD_Q));
    }
    float lanes[LANES];
    _mm256_storeu_ps(lanes, highest);
    const float most = std::max(1e-12f, *std::max_element(lanes, lanes + LANES));
    // What is not of numbers gives none, instead of wrong ones.
    *scale = _mm256_movemask_ps(strange) || most == INFINITY ? NAN : most / MOST;
    const __m256 factor = _mm256_set1_ps(MOST / most);
    const Bytes zero = _mm256_set1_epi32(MOST);
    for (int i = 0; i < in / LANES; i++) {
        const Bytes whole =
            _mm256_add_epi32(_mm256_cvtps_epi32(_mm256_mul_ps(x[i], factor)), zero);
        __m128i packed = _mm_packus_epi32(_mm256_castsi256_si128(whole),
                                          _mm256_extracti128_si256(whole, 1));
        packed = _mm_packus_epi16(packed, packed);
        _mm_storeu_si64(bytes + i * LANES / STEP * STEP * ROWS + i * LANES % STEP, packed);
    }
}

// Adds to `products` of `count` rows with `COLUMNS` columns what a group gives: sums over so many
// steps, which begin at `zeros`, times the scales. Registers are named, and one row's step is
// assembly, since compilers keep an array of sums in memory.
template <int count>
static inline __attribute__((always_inline)) void multiply(const uint8_t* rows,
                                                           const float* row_scales,
                                                           const int8_t* weight, int64_t steps,
                                                           const float* scales, const int32_t* zeros,
                                                           __m256 (*products)[2]) {
    const Bytes ones = _mm256_set1_epi16(1);
    const Bytes* from = reinterpret_cast<const Bytes*>(zeros);
    Bytes left0 = from[0], left1 = left0, left2 = left0, left3 = left0;
    Bytes right0 = from[1], right1 = right0, right2 = right0, right3 = right0;
#pragma GCC unroll 8
    for (int64_t step = 0; step < steps; step++) {
        const Bytes* columns = reinterpret_cast<const Bytes*>(weight) + 2 * STEP / QUAD * step;
        // As many of a step's columns as there are registers left.
        const Bytes first = columns[0], second = columns[1], third = columns[2];
        const Quad* numbers = reinterpret_cast<const Quad*>(rows) + STEP / QUAD * ROWS * step;
#define ROW(row, left, right)                                                             \
    if constexpr (row < count) {                                                          \
        const Quad* quads = numbers + STEP / QUAD * row;                                  \
        Bytes a, b, x, y;                                                                 \
        asm("vpbroadcastd %6, %3\n\t"                                                     \
            "vpbroadcastd %7, %5\n\t"                                                     \
            "vpmaddubsw %10, %3, %2\n\t"                                                  \
            "vpmaddubsw %11, %3, %3\n\t"                                                  \
            "vpmaddubsw %12, %5, %4\n\t"                                                  \
            "vpmaddubsw %13, %5, %5\n\t"                                                  \
            "vpaddw %4, %2, %2\n\t"                                                       \
            "vpaddw %5, %3, %3\n\t"                                                       \
            "vpbroadcastd %8, %5\n\t"                                                     \
            "vpmaddubsw %14, %5, %4\n\t"                                                  \
            "vpmaddubsw %15, %5, %5\n\t"                                                  \
            "vpaddw %4, %2, %2\n\t"                                                       \
            "vpaddw %5, %3, %3\n\t"                                                       \
            "vpbroadcastd %9, %5\n\t"                                                     \
            "vpmaddubsw %16, %5, %4\n\t"                                                  \
            "vpmaddubsw %17, %5, %5\n\t"                                                  \
            "vpaddw %4, %2, %2\n\t"                                                       \
            "vpaddw %5, %3, %3\n\t"                                                       \
            "vpmaddwd %18, %2, %2\n\t"                                                    \
            "vpmaddwd %18, %3, %3\n\t"                                                    \
            "vpaddd %2, %0, %0\n\t"                                                       \
            "vpaddd %3, %1, %1"                                                           \
            : "+x"(left), "+x"(right), "=&x"(a), "=&x"(b), "=&x"(x), "=&x"(y)             \
            : "m"(quads[0]), "m"(quads[1]), "m"(quads[2]), "m"(quads[3]), "x"(first),     \
              "x"(second), "x"(third), "m"(columns[3]), "m"(columns[4]), "m"(columns[5]), \
              "m"(columns[6]), "m"(columns[7]), "x"(ones));                               \
    }
        ROW(0, left0, right0)
        ROW(1, left1, right1)
        ROW(2, left2, right2)
        ROW(3, left3, right3)
#undef ROW
    }
    const __m256 scale0 = _mm256_loadu_ps(scales), scale1 = _mm256_loadu_ps(scales + 8);
#define ADD(row, left, right)                                                                  \
    if constexpr (row < count) {                                                               \
        const __m256 scale = _mm256_broadcast_ss(row_scales + row);                            \
        products[row][0] = _mm256_fmadd_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(left), scale0),    \
                                           scale, products[row][0]);                           \
        products[row][1] = _mm256_fmadd_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(right), scale1),   \
                                           scale, products[row][1]);                           \
    }
    ADD(0, left0, right0)
    ADD(1, left1, right1)
    ADD(2, left2, right2)
    ADD(3, left3, right3)
#undef ADD
}

// A tile of the result: `count` rows of `out`, of which `columns` are written.
template <int count>
static void tile(const uint8_t* rows, const float* row_scales, const int8_t* weight,
                 const float* scales, const int32_t* zeros, int64_t in, int64_t out,
                 int64_t columns, float* result) {
    __m256 products[count][2];
    for (auto& row : products) row[0] = row[1] = _mm256_setzero_ps();
    for (int64_t at = 0; at < in; at += GROUP) {
        multiply<count>(rows + at * ROWS, row_scales, weight + at * COLUMNS,
                        std::min<int64_t>(GROUP, in - at) / STEP, scales, zeros, products);
        row_scales += ROWS, scales += COLUMNS, zeros += COLUMNS;
    }
    for (int row = 0; row < count; row++)
        if (columns == COLUMNS)  // two stores
            std::memcpy(result + row * out, products[row], sizeof products[row]);
        else
            std::memcpy(result + row * out, products[row], columns * sizeof(float));
}

// result [n, out] of x [n, in]: in a multiple of `STEP`; weight [out / COLUMNS, in / QUAD, COLUMNS,
// QUAD] with zeros for columns that are not there, aligned to 32 bytes; the scales of a column's
// groups as `scales`, and in `zeros` the sums of their numbers times -`MOST`, both [out / COLUMNS,
// groups, COLUMNS] of whole tiles, `zeros` aligned as the weight is; room for the rows of whole
// tiles as `bytes` [tiles, in / STEP, ROWS, STEP], and for the scales of their groups [tiles,
// groups, ROWS].
extern "C" void product(const float* x, int64_t n, int64_t in, const int8_t* weight,
                        const float* scales, const int32_t* zeros, int64_t out, int threads,
                        uint8_t* bytes, float* row_scales, float* result) {
    const int64_t tiles = (n + ROWS - 1) / ROWS, panels = (out + COLUMNS - 1) / COLUMNS;
    const int64_t chunks = (tiles + CHUNK - 1) / CHUNK, groups = (in + GROUP - 1) / GROUP;
    // Tasks that a thread takes at once: few enough that none is left alone with the last.
    const int64_t taken = std::clamp<int64_t>(chunks * panels / 16, 1, 8);
#pragma omp parallel num_threads(threads)
    {
#pragma omp for schedule(static)
        for (int64_t row = 0; row < n; row++) {
            uint8_t* own = bytes + row / ROWS * ROWS * in + row % ROWS * STEP;
            float* scale = row_scales + row / ROWS * ROWS * groups + row % ROWS;
            for (int64_t at = 0; at < in; at += GROUP, scale += ROWS)
                quantise(x + row * in + at, std::min<int64_t>(GROUP, in - at), own + at * ROWS,
                         scale);
        }
#pragma omp for schedule(dynamic, taken)
        for (int64_t task = 0; task < chunks * panels; task++) {
            const int64_t panel = task % panels, first = task / panels * CHUNK;
            const int64_t column = panel * COLUMNS, columns = std::min<int64_t>(COLUMNS, out - column);
            const int64_t end = std::min(tiles, first + CHUNK), here = end - first;
            // The next columns are fetched in parts while these are computed; for few rows memory
            // is the limit anyway.
            const int64_t lines = here > 3 && panel + 1 < panels ? COLUMNS * in / LINE : 0;
            for (int64_t at = first; at < end; at++) {
                const int8_t* next = weight + (column + COLUMNS) * in;
                const int64_t upto = lines * (at + 1 - first) / here;
                for (int64_t line = lines * (at - first) / here; line < upto; line++)
                    __builtin_prefetch(next + line * LINE);
                const int64_t row = at * ROWS;
#define TILE(count)                                                                          \
    case count:                                                                              \
        tile<count>(bytes + row * in, row_scales + row * groups, weight + column * in,       \
                    scales + column * groups, zeros + column * groups, in, out, columns,     \
                    result + row * out + column);                                            \
        break;
                switch (std::min<int64_t>(ROWS, n - row)) {
                    TILE(1)
                    TILE(2)
                    TILE(3)
                    TILE(4)
                }
#undef TILE
            }
        }
    }
}
