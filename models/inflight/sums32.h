// Sums in 32 bits of a quad's products at once, for processors with an instruction for it.
// Registers have 512 bits (AVX-512 VNNI, tiles of 8 rows) or 256 (AVX-VNNI, 6 rows).

#pragma once

#include <immintrin.h>

#include <cstdint>

static_assert(QUAD == 4, "the instruction sums four products");

typedef int32_t Quad __attribute__((may_alias));

// A tile needs two registers for each row's sums, one for its quad, and two for the columns. More
// rows would fit 32 registers, but are no faster.
#if COLUMNS == 32
static_assert(ROWS == 8, "this code has fixed sizes");
typedef __m512 Floats;
typedef __m512i Bytes;
static inline Floats spread(float x) { return _mm512_set1_ps(x); }
static inline Floats floats(Bytes x) { return _mm512_cvtepi32_ps(x); }
static inline Floats added(Floats x, Floats y, Floats sum) { return _mm512_fmadd_ps(x, y, sum); }
#else
static_assert(COLUMNS == 16 && ROWS == 6, "16 registers allow six rows");
typedef __m256 Floats;
typedef __m256i Bytes;
static inline Floats spread(float x) { return _mm256_set1_ps(x); }
static inline Floats floats(Bytes x) { return _mm256_cvtepi32_ps(x); }
static inline Floats added(Floats x, Floats y, Floats sum) { return _mm256_fmadd_ps(x, y, sum); }
#endif
#ifdef __AVX512VNNI__
#define SUM "vpdpbusd"
#else
#define SUM "%{vex%} vpdpbusd"
#endif

// Adds a group to `products` of `count` rows and `COLUMNS` columns: sums over `steps` that start at
// `zeros`, times the scales. Registers have names, and a row's quad is assembly, because compilers
// would hold an array of sums in memory.
template <int count>
static inline __attribute__((always_inline)) void multiply_group(
    const uint8_t* rows, const float* row_scales, const int8_t* weight, int64_t steps,
    const float* scales, const int32_t* zeros, Floats (*products)[2]) {
    const Bytes* from = reinterpret_cast<const Bytes*>(zeros);
    Bytes left0 = from[0], left1 = left0, left2 = left0, left3 = left0;
    Bytes left4 = left0, left5 = left0, left6 = left0, left7 = left0;
    Bytes right0 = from[1], right1 = right0, right2 = right0, right3 = right0;
    Bytes right4 = right0, right5 = right0, right6 = right0, right7 = right0;
    for (int64_t step = 0; step < steps; step++) {
        const Bytes* columns = reinterpret_cast<const Bytes*>(weight) + 2 * STEP / QUAD * step;
        const Quad* numbers = reinterpret_cast<const Quad*>(rows) + STEP / QUAD * ROWS * step;
#pragma GCC unroll 8
        for (int quad = 0; quad < STEP / QUAD; quad++) {
            const Bytes first = columns[2 * quad], second = columns[2 * quad + 1];
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
    const Floats* columns = reinterpret_cast<const Floats*>(scales);
#define ADD(row, left, right)                                                          \
    if constexpr (row < count) {                                                       \
        const Floats scale = spread(row_scales[row]);                                  \
        products[row][0] = added(floats(left) * columns[0], scale, products[row][0]);  \
        products[row][1] = added(floats(right) * columns[1], scale, products[row][1]); \
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
