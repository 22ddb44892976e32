// Sums of the products of bytes, for each instruction set: a tile of `ROWS` rows by 32 columns.
//
// Rows are unsigned bytes around `ZERO_POINT`, as the processors' instructions require. For AVX,
// registers have names, and a row's step is assembly, because compilers would keep an array of sums
// in memory. `STEP` numbers of a row are adjacent in a tile.

#if defined(__AVX512VNNI__) || defined(__AVXVNNI__)

// One instruction adds the products of a quad to a 32-bit sum. Registers have 512 bits (tiles of 8
// rows) or 256 (6 rows). A tile needs two registers for each row's sums, one for its quad, and two
// for columns.
constexpr int SUM_BITS = 32, MAX_LEVEL = 127, ZERO_POINT = 128, STEP = 32;
#if defined(__AVX512VNNI__)
constexpr int ROWS = 8;
typedef __m512 Sums;
typedef __m512i Bytes;
INLINE Sums spread(float x) { return _mm512_set1_ps(x); }
INLINE Sums floats(Bytes x) { return _mm512_cvtepi32_ps(x); }
INLINE Sums added(Sums x, Sums y, Sums sum) { return _mm512_fmadd_ps(x, y, sum); }
#define SUM "vpdpbusd"
#else
constexpr int ROWS = 6;
typedef __m256 Sums;
typedef __m256i Bytes;
INLINE Sums spread(float x) { return _mm256_set1_ps(x); }
INLINE Sums floats(Bytes x) { return _mm256_cvtepi32_ps(x); }
INLINE Sums added(Sums x, Sums y, Sums sum) { return _mm256_fmadd_ps(x, y, sum); }
#define SUM "%{vex%} vpdpbusd"
#endif
typedef int32_t Quad __attribute__((may_alias));

// Adds a group to the `products` of `count` rows. It adds sums of `size` products, which start at
// the zeros, times the scales. The two sides are the columns of two registers. They are `apart`
// registers from each other, and a quad is `stride` registers from the next.
template <int count>
INLINE void multiply_group(const uint8_t* rows, const float* row_scales, const Bytes* weight,
                           int64_t apart, int64_t stride, int64_t size, const Bytes* from,
                           const Sums* scales, int64_t scales_apart, Sums (*products)[2]) {
    Bytes left0 = from[0], left1 = left0, left2 = left0, left3 = left0;
    Bytes left4 = left0, left5 = left0, left6 = left0, left7 = left0;
    Bytes right0 = from[scales_apart], right1 = right0, right2 = right0, right3 = right0;
    Bytes right4 = right0, right5 = right0, right6 = right0, right7 = right0;
    for (int64_t step = 0; step < size / STEP; step++) {
        const Quad* numbers = reinterpret_cast<const Quad*>(rows) + STEP / QUAD * ROWS * step;
#pragma GCC unroll 8
        for (int quad = 0; quad < STEP / QUAD; quad++) {
            const Bytes first = weight[0], second = weight[apart];
            weight += stride;
#define ROW(row, left, right)                                                     \
    if constexpr (row < count) {                                                  \
        Bytes repeated;                                                           \
        asm("vpbroadcastd %3, %2\n\t" SUM " %4, %2, %0\n\t" SUM " %5, %2, %1"     \
            : "+&v"(left), "+&v"(right), "=&v"(repeated)                          \
            : "m"(numbers[STEP / QUAD * row + quad]), "v"(first), "v"(second));   \
    }
            ROW(0, left0, right0)
            ROW(1, left1, right1)
            ROW(2, left2, right2)
            ROW(3, left3, right3)
            ROW(4, left4, right4)
            ROW(5, left5, right5)
            ROW(6, left6, right6)
            ROW(7, left7, right7)
#undef ROW
        }
    }
#define ADD(row, left, right)                                                                    \
    if constexpr (row < count) {                                                                 \
        const Sums scale = spread(row_scales[row]);                                              \
        products[row][0] = added(floats(left) * scales[0], scale, products[row][0]);             \
        products[row][1] = added(floats(right) * scales[scales_apart], scale, products[row][1]); \
    }
    ADD(0, left0, right0)
    ADD(1, left1, right1)
    ADD(2, left2, right2)
    ADD(3, left3, right3)
    ADD(4, left4, right4)
    ADD(5, left5, right5)
    ADD(6, left6, right6)
    ADD(7, left7, right7)
#undef ADD
}
#undef SUM

template <int count>
INLINE void multiply_tile(const uint8_t* rows, const float* row_scales, const int8_t* weight,
                          const float* scales, const int32_t* zeros, int64_t in, int64_t groups,
                          int64_t stride, int64_t columns, float* result) {
    constexpr int WIDE = 2 * sizeof(Sums) / sizeof(float);  // columns of both sides
    for (int half = 0; half < PAIR / WIDE; half++) {
        Sums products[count][2] = {};
        const Bytes* bytes = reinterpret_cast<const Bytes*>(weight + half * COLUMNS * in);
        const Sums* own = reinterpret_cast<const Sums*>(scales + half * COLUMNS * groups);
        const Bytes* from = reinterpret_cast<const Bytes*>(zeros + half * COLUMNS * groups);
        // The sides are two panels of 16 columns, or the two halves of one panel.
        const bool two = WIDE == PAIR;
        const int64_t apart = two ? in / QUAD : 1, each = two ? 1 : 2;
        for (int64_t group = 0; group < groups; group++) {
            const int64_t at = group * GROUP;
            multiply_group<count>(rows + at * ROWS, row_scales + group * ROWS,
                                  bytes + at / QUAD * each, apart, each, smaller(GROUP, in - at),
                                  from + group * each, own + group * each, two ? groups : 1,
                                  products);
        }
        const int64_t written = smaller(WIDE, columns - half * WIDE);
        for (int row = 0; row < count; row++)
            if (written == WIDE)  // two stores
                std::memcpy(result + row * stride + half * WIDE, products[row],
                            sizeof products[row]);
            else if (written > 0)
                std::memcpy(result + row * stride + half * WIDE, products[row],
                            written * sizeof(float));
    }
}

#elif defined(__AVX2__)

// Sums in 16 bits, which are widened after each step. Widening at once would take two more
// instructions for every two products. Eight products of a step (two of every quad) share a sum.
// The weights are scaled so that it cannot overflow.
constexpr int SUM_BITS = 16, MAX_LEVEL = 80, ZERO_POINT = 80, STEP = 16, ROWS = 4;
typedef __m256i Bytes;
typedef int32_t Quad __attribute__((may_alias));

template <int count>
INLINE void multiply_group(const uint8_t* rows, const float* row_scales, const int8_t* weight,
                           int64_t steps, const float* scales, const int32_t* zeros,
                           __m256 (*products)[2]) {
    const Bytes ones = _mm256_set1_epi16(1);
    const Bytes* from = reinterpret_cast<const Bytes*>(zeros);
    Bytes left0 = from[0], left1 = left0, left2 = left0, left3 = left0;
    Bytes right0 = from[1], right1 = right0, right2 = right0, right3 = right0;
#pragma GCC unroll 8
    for (int64_t step = 0; step < steps; step++) {
        const Bytes* columns = reinterpret_cast<const Bytes*>(weight) + 2 * STEP / QUAD * step;
        // Three of a step's eight registers of columns are loaded; no more registers are left.
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

template <int count>
INLINE void multiply_tile(const uint8_t* rows, const float* row_scales, const int8_t* weight,
                          const float* scales, const int32_t* zeros, int64_t in, int64_t groups,
                          int64_t stride, int64_t columns, float* result) {
    for (int half = 0; half < 2; half++) {
        __m256 products[count][2] = {};
        for (int64_t group = 0; group < groups; group++) {
            const int64_t at = group * GROUP, place = (half * groups + group) * COLUMNS;
            multiply_group<count>(rows + at * ROWS, row_scales + group * ROWS,
                                  weight + half * COLUMNS * in + at * COLUMNS,
                                  smaller(GROUP, in - at) / STEP, scales + place, zeros + place,
                                  products);
        }
        const int64_t written = smaller(COLUMNS, columns - half * COLUMNS);
        for (int row = 0; row < count; row++)
            if (written == COLUMNS)  // two stores
                std::memcpy(result + row * stride + half * COLUMNS, products[row],
                            sizeof products[row]);
            else if (written > 0)
                std::memcpy(result + row * stride + half * COLUMNS, products[row],
                            written * sizeof(float));
    }
}

#else

// Sums in 32 bits of signed products. The zero point is subtracted from rows, so sums start at 0.
// ARM's dot product and SSE2 have their own code; other processors run plain C++.
constexpr int SUM_BITS = 32, MAX_LEVEL = 127, ZERO_POINT = 128, STEP = 16, ROWS = 4;

template <int count>
INLINE void multiply_tile(const uint8_t* rows, const float* row_scales, const int8_t* weight,
                          const float* scales, const int32_t*, int64_t in, int64_t groups,
                          int64_t stride, int64_t columns, float* result) {
    for (int half = 0; half < 2; half++) {
        float products[count][COLUMNS] = {};
        for (int64_t group = 0; group < groups; group++) {
            const int64_t at = group * GROUP, steps = smaller(GROUP, in - at) / STEP;
            const int8_t* own = weight + half * COLUMNS * in + at * COLUMNS;
            const uint8_t* numbers = rows + at * ROWS;
            const float* own_scales = scales + (half * groups + group) * COLUMNS;
            int32_t sums[count][COLUMNS] = {};
#if defined(__ARM_FEATURE_DOTPROD)
            int32x4_t registers[count][4];
            for (int row = 0; row < count; row++)
                for (int part = 0; part < 4; part++) registers[row][part] = vdupq_n_s32(0);
            for (int64_t step = 0; step < steps; step++)
                for (int quad = 0; quad < STEP / QUAD; quad++) {
                    const int8_t* columns_of = own + (step * STEP / QUAD + quad) * COLUMNS * QUAD;
                    const int8x16_t parts[4] = {vld1q_s8(columns_of), vld1q_s8(columns_of + 16),
                                                vld1q_s8(columns_of + 32),
                                                vld1q_s8(columns_of + 48)};
                    for (int row = 0; row < count; row++) {
                        uint32_t four;
                        std::memcpy(&four, numbers + (step * ROWS + row) * STEP + quad * QUAD, 4);
                        const int8x16_t repeated =
                            vreinterpretq_s8_u32(vdupq_n_u32(four ^ 0x80808080u));
                        for (int part = 0; part < 4; part++)
                            registers[row][part] =
                                vdotq_s32(registers[row][part], parts[part], repeated);
                    }
                }
            for (int row = 0; row < count; row++)
                for (int part = 0; part < 4; part++)
                    vst1q_s32(sums[row] + 4 * part, registers[row][part]);
#elif defined(__SSE2__)
            // Sums of pairs of products of 16-bit numbers: two sums for each column.
            __m128i pairs[count][8] = {};
            for (int64_t step = 0; step < steps; step++) {
                __m128i wide[STEP / QUAD][8];
                for (int i = 0; i < STEP / QUAD * 8; i += 2) {
                    const __m128i bytes = _mm_loadu_si128(
                        reinterpret_cast<const __m128i*>(own + step * STEP * COLUMNS + i * 8));
                    const __m128i signs = _mm_cmpgt_epi8(_mm_setzero_si128(), bytes);
                    wide[i / 8][i % 8] = _mm_unpacklo_epi8(bytes, signs);
                    wide[i / 8][i % 8 + 1] = _mm_unpackhi_epi8(bytes, signs);
                }
                for (int row = 0; row < count; row++)
                    for (int quad = 0; quad < STEP / QUAD; quad++) {
                        int32_t four;
                        std::memcpy(&four, numbers + (step * ROWS + row) * STEP + quad * QUAD, 4);
                        const __m128i whole = _mm_sub_epi16(
                            _mm_unpacklo_epi8(_mm_set1_epi32(four), _mm_setzero_si128()),
                            _mm_set1_epi16(ZERO_POINT));
                        for (int part = 0; part < 8; part++)
                            pairs[row][part] = _mm_add_epi32(
                                pairs[row][part], _mm_madd_epi16(wide[quad][part], whole));
                    }
            }
            for (int row = 0; row < count; row++)
                for (int column = 0; column < COLUMNS; column++) {
                    int32_t both[2];
                    std::memcpy(both, reinterpret_cast<const int32_t*>(pairs[row]) + 2 * column, 8);
                    sums[row][column] = both[0] + both[1];
                }
#else
            for (int64_t step = 0; step < steps; step++)
                for (int quad = 0; quad < STEP / QUAD; quad++) {
                    const int8_t* columns_of = own + (step * STEP / QUAD + quad) * COLUMNS * QUAD;
                    for (int row = 0; row < count; row++) {
                        const uint8_t* four = numbers + (step * ROWS + row) * STEP + quad * QUAD;
                        for (int column = 0; column < COLUMNS; column++)
                            for (int i = 0; i < QUAD; i++)
                                sums[row][column] +=
                                    (four[i] - ZERO_POINT) * columns_of[column * QUAD + i];
                    }
                }
#endif
            for (int row = 0; row < count; row++)
                for (int column = 0; column < COLUMNS; column++)
                    products[row][column] += static_cast<float>(sums[row][column]) *
                                             own_scales[column] * row_scales[group * ROWS + row];
        }
        const int64_t written = smaller(COLUMNS, columns - half * COLUMNS);
        for (int row = 0; row < count; row++)
            if (written > 0)
                std::memcpy(result + row * stride + half * COLUMNS, products[row],
                            written * sizeof(float));
    }
}

#endif
