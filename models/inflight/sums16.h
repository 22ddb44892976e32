// Sums in 16 bits that are then widened, for processors with AVX2 and no instruction for sums in 32
// bits. Widening at once would take two more instructions for every two products. Eight products of
// a step (two of every quad) share a sum; the weights are scaled so that it cannot overflow.

#pragma once

#include <immintrin.h>

#include <cstdint>

// A tile is as large as the registers allow for its sums and their operands.
static_assert(ROWS == 4 && COLUMNS == 16 && STEP == 16 && QUAD == 4, "this code has fixed sizes");

typedef __m256 Floats;
typedef __m256i Bytes;
typedef int32_t Quad __attribute__((may_alias));

// Adds a group to `products` of `count` rows and `COLUMNS` columns: sums over `steps` that start at
// `zeros`, times the scales. Registers have names, and a row's step is assembly, because compilers
// would hold an array of sums in memory.
template <int count>
static inline __attribute__((always_inline)) void multiply_group(
    const uint8_t* rows, const float* row_scales, const int8_t* weight, int64_t steps,
    const float* scales, const int32_t* zeros, Floats (*products)[2]) {
    const Bytes ones = _mm256_set1_epi16(1);
    const Bytes* from = reinterpret_cast<const Bytes*>(zeros);
    Bytes left0 = from[0], left1 = left0, left2 = left0, left3 = left0;
    Bytes right0 = from[1], right1 = right0, right2 = right0, right3 = right0;
#pragma GCC unroll 8
    for (int64_t step = 0; step < steps; step++) {
        const Bytes* columns = reinterpret_cast<const Bytes*>(weight) + 2 * STEP / QUAD * step;
        // Three of a step's columns are in registers; no more are left.
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
