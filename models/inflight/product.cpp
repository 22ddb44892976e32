// Products of rows with a weight of bytes, for processors with AVX2 or better. Rows are quantized
// here as `tiles.py` quantizes weights: `GROUP` consecutive numbers are Hadamard transformed and
// share a scale. A group's sum is of whole numbers, and groups are added in order, so a row does
// not depend on the others.
//
// Compiled with GROUP, QUAD (numbers of each column that are multiplied at once) and the fields of
// `Layout` in `tiles.py`: ROWS, COLUMNS, STEP, MAX_LEVEL and SUM_BITS.

#include <immintrin.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#if SUM_BITS == 16
#include "sums16.h"
#else
#include "sums32.h"
#endif

// Numbers of a register while rows are quantized.
constexpr int LANES = 8;
static_assert(GROUP % STEP == 0 && (GROUP & (GROUP - 1)) == 0, "a group is a power of two");
static_assert(STEP % COLUMNS == 0, "gate and up are whole panels");
// Bytes of a cache line.
constexpr int LINE = 64;
// Tiles of rows that are multiplied by the same columns in turn; the rows stay in the cache.
constexpr int64_t CHUNK = 192 / ROWS;

// Sums and differences of the numbers `distance` apart in a register; in `swapped` they have
// changed places.
template <int distance>
static inline __attribute__((always_inline)) __m256 within(__m256 numbers, __m256 swapped) {
    const __m256 signs = _mm256_castsi256_ps(_mm256_setr_epi32(
        0, distance & 1 ? INT32_MIN : 0, distance & 2 ? INT32_MIN : 0,
        distance & 3 ? INT32_MIN : 0, distance & 4 ? INT32_MIN : 0,
        distance & 5 ? INT32_MIN : 0, distance & 6 ? INT32_MIN : 0, INT32_MIN));
    return _mm256_add_ps(swapped, _mm256_xor_ps(numbers, signs));
}

// The Hadamard transform of a group, not divided by the root of its length. It spreads one large
// number over all numbers of the group.
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

// Quantizes a group [in] of a row to bytes and a scale. A tile interleaves its rows step by step. A
// group that is not whole is not transformed.
static void quantize_group(const float* row, int64_t in, uint8_t* bytes, float* scale) {
    __m256 x[GROUP / LANES] = {};
    if (in == GROUP) {
#pragma GCC unroll 16
        for (int i = 0; i < GROUP / LANES; i++) x[i] = _mm256_loadu_ps(row + i * LANES);
        transform(x);
    } else {
        for (int i = 0; i < in / LANES; i++) x[i] = _mm256_loadu_ps(row + i * LANES);
    }
    const __m256 sign = _mm256_set1_ps(-0.0f);
    __m256 highest = _mm256_setzero_ps(), is_nan = _mm256_setzero_ps();
    for (const __m256& numbers : x) {
        highest = _mm256_max_ps(highest, _mm256_andnot_ps(sign, numbers));
        is_nan = _mm256_or_ps(is_nan, _mm256_cmp_ps(numbers, numbers, _CMP_UNORD_Q));
    }
    float lanes[LANES];
    _mm256_storeu_ps(lanes, highest);
    const float max = std::max(1e-12f, *std::max_element(lanes, lanes + LANES));
    // A group with NaN or infinity gives NaN, not wrong numbers.
    *scale = _mm256_movemask_ps(is_nan) || max == INFINITY ? NAN : max / MAX_LEVEL;
    const __m256 factor = _mm256_set1_ps(MAX_LEVEL / max);
    const __m256i zero = _mm256_set1_epi32(MAX_LEVEL);
    for (int i = 0; i < in / LANES; i++) {
        const __m256i whole =
            _mm256_add_epi32(_mm256_cvtps_epi32(_mm256_mul_ps(x[i], factor)), zero);
        __m128i packed = _mm_packus_epi32(_mm256_castsi256_si128(whole),
                                          _mm256_extracti128_si256(whole, 1));
        packed = _mm_packus_epi16(packed, packed);
        _mm_storeu_si64(bytes + i * LANES / STEP * STEP * ROWS + i * LANES % STEP, packed);
    }
}

// Computes a tile of the result: `columns` numbers of `count` rows, `stride` numbers apart.
template <int count>
static void tile(const uint8_t* rows, const float* row_scales, const int8_t* weight,
                 const float* scales, const int32_t* zeros, int64_t in, int64_t stride,
                 int64_t columns, float* result) {
    Floats products[count][2] = {};
    for (int64_t at = 0; at < in; at += GROUP) {
        multiply_group<count>(rows + at * ROWS, row_scales, weight + at * COLUMNS,
                              std::min<int64_t>(GROUP, in - at) / STEP, scales, zeros, products);
        row_scales += ROWS, scales += COLUMNS, zeros += COLUMNS;
    }
    for (int row = 0; row < count; row++)
        if (columns == COLUMNS)  // two stores
            std::memcpy(result + row * stride, products[row], sizeof products[row]);
        else
            std::memcpy(result + row * stride, products[row], columns * sizeof(float));
}

// A weight [out, in], where `in` is a multiple of `STEP`. `bytes` is [out / COLUMNS, in / QUAD,
// COLUMNS, QUAD]. `scales` of a column's groups, and `zeros`, the sums of their numbers times
// -`MAX_LEVEL`, are [out / COLUMNS, groups, COLUMNS]. All are aligned to 64 bytes; columns that are
// missing from the last tile are zeros.
struct Weight {
    const int8_t* bytes;
    const float* scales;
    const int32_t* zeros;
    int64_t in, out;
    int64_t groups() const { return (in + GROUP - 1) / GROUP; }
    int64_t panels() const { return (out + COLUMNS - 1) / COLUMNS; }
};

// Buffers for n rows [in] as bytes [tiles, in / STEP, ROWS, STEP], and for the scales of their
// groups [tiles, groups, ROWS].
struct Rows {
    uint8_t* bytes;
    float* scales;
    int64_t n, in;
    int64_t groups() const { return (in + GROUP - 1) / GROUP; }
    int64_t tiles() const { return (n + ROWS - 1) / ROWS; }
    // Quantizes the group of a row that begins at `at`.
    void quantize(int64_t row, int64_t at, const float* numbers) const {
        const int64_t tile = row / ROWS * ROWS, within = row % ROWS;
        quantize_group(numbers, std::min<int64_t>(GROUP, in - at),
                       bytes + tile * in + at * ROWS + within * STEP,
                       scales + tile * groups() + at / GROUP * ROWS + within);
    }
};

// Multiplies the rows of tiles [first, end) by a panel of `COLUMNS` columns of a weight, and writes
// the result [rows, stride].
static void multiply_panel(const Rows& rows, int64_t first, int64_t end, const Weight& weight,
                           int64_t panel, float* result, int64_t stride) {
    const int64_t in = rows.in, groups = rows.groups(), column = panel * COLUMNS;
    const int64_t columns = std::min<int64_t>(COLUMNS, weight.out - column), tiles = end - first;
    const int8_t* next = weight.bytes + (column + COLUMNS) * in;
    // Prefetch the next columns in parts while these are computed. For few rows, memory is the limit
    // anyway; with 32-bit sums, computing is too fast to gain from it.
    const bool fetching = SUM_BITS == 16 && tiles > 3 && panel + 1 < weight.panels();
    const int64_t lines = fetching ? COLUMNS * in / LINE : 0;
    for (int64_t at = first; at < end; at++) {
        const int64_t upto = lines * (at + 1 - first) / tiles;
        for (int64_t line = lines * (at - first) / tiles; line < upto; line++)
            __builtin_prefetch(next + line * LINE);
        const int64_t row = at * ROWS;
#define TILE(count)                                                                           \
    case count:                                                                               \
        tile<count>(rows.bytes + row * in, rows.scales + row * groups,                        \
                    weight.bytes + column * in, weight.scales + column * groups,              \
                    weight.zeros + column * groups, in, stride, columns,                      \
                    result + (at - first) * ROWS * stride);                                   \
        break;
        static_assert(ROWS <= 8, "a case for each number of rows");
        switch (std::min<int64_t>(ROWS, rows.n - row)) {
            TILE(1)
            TILE(2)
            TILE(3)
            TILE(4)
            TILE(5)
            TILE(6)
            TILE(7)
            TILE(8)
        }
#undef TILE
    }
}

// Quantizes all rows, with all threads of a team.
static void quantize_all(const float* x, const Rows& rows) {
#pragma omp for schedule(static)
    for (int64_t row = 0; row < rows.n; row++)
        for (int64_t at = 0; at < rows.in; at += GROUP)
            rows.quantize(row, at, x + row * rows.in + at);
}

// Computes the result [n, out], with all threads of a team.
static void multiply_all(const Rows& rows, const Weight& weight, float* result) {
    const int64_t panels = weight.panels(), chunks = (rows.tiles() + CHUNK - 1) / CHUNK;
    // Tasks that a thread takes at once: few, so that no thread works alone at the end.
    const int64_t tasks = std::clamp<int64_t>(chunks * panels / 16, 1, 8);
#pragma omp for schedule(dynamic, tasks)
    for (int64_t task = 0; task < chunks * panels; task++) {
        const int64_t panel = task % panels, first = task / panels * CHUNK;
        multiply_panel(rows, first, std::min(rows.tiles(), first + CHUNK), weight, panel,
                       result + first * ROWS * weight.out + panel * COLUMNS, weight.out);
    }
}

// result [n, out] = x [n, in] weight^T. `bytes` and `row_scales` are buffers as in `Rows`.
extern "C" void product(const float* x, int64_t n, int64_t in, const int8_t* weight,
                        const float* scales, const int32_t* zeros, int64_t out, int threads,
                        uint8_t* bytes, float* row_scales, float* result) {
    const Rows rows{bytes, row_scales, n, in};
#pragma omp parallel num_threads(threads)
    {
        quantize_all(x, rows);
        multiply_all(rows, Weight{weight, scales, zeros, in, out}, result);
    }
}

// e ** x to nearly the precision of a float, for x up to 88.
static inline __attribute__((always_inline)) __m256 exponential(__m256 x) {
    x = _mm256_max_ps(_mm256_min_ps(x, _mm256_set1_ps(88)), _mm256_set1_ps(-87));
    const __m256 powers = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.44269504f)),
                                          _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    // The rest of x, at most half of log 2, is subtracted in two parts to be exact.
    __m256 rest = _mm256_fnmadd_ps(powers, _mm256_set1_ps(0.693359375f), x);
    rest = _mm256_fnmadd_ps(powers, _mm256_set1_ps(-2.12194440e-4f), rest);
    __m256 sum = _mm256_set1_ps(1.f / 720);
    for (const float factor : {1.f / 120, 1.f / 24, 1.f / 6, 1.f / 2, 1.f, 1.f})
        sum = _mm256_fmadd_ps(sum, rest, _mm256_set1_ps(factor));
    const __m256i exponents = _mm256_slli_epi32(_mm256_cvtps_epi32(powers), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(sum), exponents));
}

// gelu(gate) * up, with GELU's tanh form as in `arithmetic.py`.
static inline __attribute__((always_inline)) __m256 gated_value(__m256 gate, __m256 up) {
    const __m256 cube = _mm256_mul_ps(_mm256_mul_ps(gate, gate), gate);
    const __m256 inner = _mm256_fmadd_ps(cube, _mm256_set1_ps(0.044715f), gate);
    const __m256 power = exponential(_mm256_mul_ps(inner, _mm256_set1_ps(-1.59576912f)));
    const __m256 gelu = _mm256_div_ps(gate, _mm256_add_ps(power, _mm256_set1_ps(1)));
    return _mm256_mul_ps(gelu, up);
}

// result [n, out] = (gelu(x gate^T) * (x up^T)) down^T. `gate_up` is [2 hidden, in], gate above up,
// and `down` is [out, hidden]. Hidden values are quantized a group at a time and stay in the cache.
// The buffers hold rows of `in` and of `hidden` as in `Rows`. `scratch` is [threads, rows of
// all tiles, 2 GROUP]; a thread uses only the rows of a chunk.
extern "C" void gated(const float* x, int64_t n, int64_t in, const int8_t* gate_up,
                      const float* gate_up_scales, const int32_t* gate_up_zeros, int64_t hidden,
                      const int8_t* down, const float* down_scales, const int32_t* down_zeros,
                      int64_t out, int threads, uint8_t* bytes, float* row_scales,
                      uint8_t* hidden_bytes, float* hidden_scales, float* scratch, float* result) {
    const Rows rows{bytes, row_scales, n, in}, hidden_rows{hidden_bytes, hidden_scales, n, hidden};
    const Weight first{gate_up, gate_up_scales, gate_up_zeros, in, 2 * hidden};
    const Weight second{down, down_scales, down_zeros, hidden, out};
    const int64_t tiles = rows.tiles(), groups = hidden_rows.groups();
    // Chunks are small enough to make four tasks for each thread.
    const int64_t needed = (4 * threads + groups - 1) / groups;
    const int64_t chunk = std::clamp<int64_t>((tiles + needed - 1) / needed, 1, CHUNK);
    const int64_t chunks = (tiles + chunk - 1) / chunk;
#pragma omp parallel num_threads(threads)
    {
        quantize_all(x, rows);
        float* numbers = scratch + omp_get_thread_num() * tiles * ROWS * 2 * GROUP;
#pragma omp for schedule(dynamic)
        for (int64_t task = 0; task < chunks * groups; task++) {
            const int64_t begin = task / groups * chunk, end = std::min(tiles, begin + chunk);
            const int64_t at = task % groups * GROUP, size = std::min<int64_t>(GROUP, hidden - at);
            for (int64_t side = 0; side < 2; side++)
                for (int64_t column = 0; column < size; column += COLUMNS)
                    multiply_panel(rows, begin, end, first,
                                   (side * hidden + at + column) / COLUMNS,
                                   numbers + side * GROUP + column, 2 * GROUP);
            for (int64_t row = begin * ROWS; row < std::min(n, end * ROWS); row++) {
                float* own = numbers + (row - begin * ROWS) * 2 * GROUP;
                for (int64_t i = 0; i < size; i += LANES)
                    _mm256_storeu_ps(own + i, gated_value(_mm256_loadu_ps(own + i),
                                                          _mm256_loadu_ps(own + GROUP + i)));
                hidden_rows.quantize(row, at, own);
            }
        }
        multiply_all(hidden_rows, second, result);
    }
}
