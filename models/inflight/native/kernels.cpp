// The functions of `kernels.h` for one instruction set, whose name is VARIANT.

#include "kernels.h"

#include <cmath>
#include <cstring>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#ifdef __linux__
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif
#endif

#define INLINE static inline __attribute__((always_inline))

namespace kabar {
namespace {

INLINE int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }
INLINE int64_t groups_of(int64_t in) { return (in + GROUP - 1) / GROUP; }

// Numbers of a vector, which fills one register: compilers generate poor code for longer vectors.
#if defined(__AVX512F__)
constexpr int LANES = 16;
#elif defined(__AVX2__)
constexpr int LANES = 8;
#else
constexpr int LANES = 4;
#endif
// Number of independent sums, so that no sum waits for another.
constexpr int CHAINS = 2;
typedef float Floats __attribute__((vector_size(LANES * 4)));
typedef int32_t Wholes __attribute__((vector_size(LANES * 4)));
typedef uint32_t Bits __attribute__((vector_size(LANES * 4)));
typedef uint16_t Halves __attribute__((vector_size(LANES * 2)));

INLINE Floats load(const float* from) {
    Floats numbers;
    std::memcpy(&numbers, from, sizeof numbers);
    return numbers;
}

INLINE void store(float* to, Floats numbers) { std::memcpy(to, &numbers, sizeof numbers); }

// A bfloat16 is the upper half of a float.
INLINE Floats load(const uint16_t* from) {
    Halves halves;
    std::memcpy(&halves, from, sizeof halves);
    const Bits bits = __builtin_convertvector(halves, Bits) << 16;
    Floats numbers;
    std::memcpy(&numbers, &bits, sizeof numbers);
    return numbers;
}

// Rounds to the nearest bfloat16, halves to even; NaN stays NaN.
INLINE void store(uint16_t* to, Floats numbers) {
    Bits bits;
    std::memcpy(&bits, &numbers, sizeof bits);
    const Bits rounded = bits + 0x7FFF + ((bits >> 16) & 1);
    const Bits is_nan = (Bits)(numbers != numbers);
    const Halves halves =
        __builtin_convertvector(((rounded & ~is_nan) | (is_nan & 0x7FC00000)) >> 16, Halves);
    std::memcpy(to, &halves, sizeof halves);
}

INLINE float sum(Floats numbers) {
    // In pairs: in a chain, each addition would wait for the previous one.
    float pairs[LANES];
    store(pairs, numbers);
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++) pairs[lane] += pairs[lane + half];
    return pairs[0];
}

INLINE float largest(Floats numbers) {
    float lanes[LANES];
    store(lanes, numbers);
    float max = lanes[0];
    for (int lane = 1; lane < LANES; lane++) max = lanes[lane] > max ? lanes[lane] : max;
    return max;
}

// e ** x to nearly the precision of a float, for x up to 88; below -87 the result is nearly 0.
INLINE Floats exponential(Floats x) {
    x = x < -87.f ? Floats{} - 87.f : x;
    x = x > 88.f ? Floats{} + 88.f : x;
    // Adding this rounds to a whole number, since the sum has no bits for a fraction.
    constexpr float ROUNDING = 12582912;
    const Floats powers = (x * 1.44269504f + ROUNDING) - ROUNDING;
    // The rest of x, at most half of log 2, is subtracted in two parts to be exact.
    const Floats rest = (x - powers * 0.693359375f) + powers * 2.12194440e-4f;
    Floats sum = Floats{} + 1.f / 720;
    sum = sum * rest + 1.f / 120;
    sum = sum * rest + 1.f / 24;
    sum = sum * rest + 1.f / 6;
    sum = sum * rest + 0.5f;
    sum = sum * rest + 1.f;
    sum = sum * rest + 1.f;
    Wholes bits;
    std::memcpy(&bits, &sum, sizeof bits);
    bits += __builtin_convertvector(powers, Wholes) << 23;
    std::memcpy(&sum, &bits, sizeof sum);
    return sum;
}

#include "sums.h"

constexpr int64_t TILE_ROWS = ROWS;

// The Hadamard transform of a group, not divided by the square root of its length. It spreads one
// large number over all numbers of the group. Every instruction set adds the same pairs.
#if defined(__AVX2__)
constexpr int REGISTERS = GROUP / 8;

template <int distance>
INLINE __m256 within(__m256 numbers, __m256 swapped) {
    const __m256 signs = _mm256_castsi256_ps(_mm256_setr_epi32(
        0, distance & 1 ? INT32_MIN : 0, distance & 2 ? INT32_MIN : 0,
        distance & 3 ? INT32_MIN : 0, distance & 4 ? INT32_MIN : 0,
        distance & 5 ? INT32_MIN : 0, distance & 6 ? INT32_MIN : 0, INT32_MIN));
    return _mm256_add_ps(swapped, _mm256_xor_ps(numbers, signs));
}

INLINE void transform(float* group) {
    __m256 x[REGISTERS];
#pragma GCC unroll 16
    for (int i = 0; i < REGISTERS; i++) {
        __m256 numbers = _mm256_loadu_ps(group + 8 * i);
        numbers = within<1>(numbers, _mm256_permute_ps(numbers, 0xB1));
        numbers = within<2>(numbers, _mm256_permute_ps(numbers, 0x4E));
        x[i] = within<4>(numbers, _mm256_permute2f128_ps(numbers, numbers, 1));
    }
#pragma GCC unroll 16
    for (int distance = 1; distance < REGISTERS; distance *= 2)
#pragma GCC unroll 16
        for (int i = 0; i < REGISTERS; i++)
            if (!(i & distance)) {
                const __m256 first = x[i], second = x[i + distance];
                x[i] = _mm256_add_ps(first, second);
                x[i + distance] = _mm256_sub_ps(first, second);
            }
#pragma GCC unroll 16
    for (int i = 0; i < REGISTERS; i++) _mm256_storeu_ps(group + 8 * i, x[i]);
}
#else
INLINE void transform(float* group) {
    for (int distance = 1; distance < GROUP; distance *= 2)
        for (int start = 0; start < GROUP; start += 2 * distance)
            for (int i = start; i < start + distance; i++) {
                const float first = group[i], second = group[i + distance];
                group[i] = first + second;
                group[i + distance] = first - second;
            }
}
#endif

// A tile interleaves its rows step by step. A group of fewer than GROUP numbers is not transformed.
void quantize(const Rows& rows, int64_t row, int64_t at, const float* numbers) {
    const int64_t tile = row / TILE_ROWS * TILE_ROWS, within_tile = row % TILE_ROWS;
    const int size = static_cast<int>(smaller(GROUP, rows.in - at));
    uint8_t* bytes = rows.bytes + tile * rows.in + at * TILE_ROWS + within_tile * STEP;
    float* scale =
        rows.scales + tile * groups_of(rows.in) + at / GROUP * TILE_ROWS + within_tile;
    alignas(64) float x[GROUP];
    std::memcpy(x, numbers, size * sizeof(float));
    if (size == GROUP) transform(x);
    Floats highest = {}, wrong = {};
    for (int i = 0; i < size; i += LANES) {
        const Floats part = load(x + i), size_of = part < 0.f ? -part : part;
        highest = size_of > highest ? size_of : highest;
        wrong += part - part;  // NaN for NaN and infinity
    }
    const float max = largest(highest) > 1e-12f ? largest(highest) : 1e-12f;
    // A group with NaN or infinity gets the scale NaN, so that it cannot give wrong numbers.
    const float faults = sum(wrong);
    *scale = faults != faults ? NAN : max / MAX_LEVEL;
    const float factor = MAX_LEVEL / max;
    // Adding this rounds to a whole number, halves to even, in the low bits of the sum.
    constexpr float ROUNDING = 12582912;
    for (int start = 0; start < size; start += STEP) {
        uint8_t* to = bytes + start * TILE_ROWS;
        for (int i = 0; i < STEP; i += LANES) {
            const Floats whole = load(x + start + i) * factor + ROUNDING;
            Wholes bits;
            std::memcpy(&bits, &whole, sizeof bits);
            typedef uint8_t Bytes1 __attribute__((vector_size(LANES)));
            const Bytes1 packed = __builtin_convertvector(bits + ZERO_POINT, Bytes1);
            std::memcpy(to + i, &packed, sizeof packed);
        }
    }
}

// Prefetches a part of the next columns into the second-level cache, while the present columns are
// multiplied. No cache holds the output layer's weight: this makes it 1.2 times as fast (96 rows).
INLINE void fetch_part(const int8_t* next, int64_t size, int64_t part, int64_t parts) {
    for (int64_t at = size * part / parts / 64 * 64; at < size * (part + 1) / parts; at += 64)
        __builtin_prefetch(next + at, 0, 2);
}

void multiply(const Rows& rows, int64_t first, int64_t end, const Weight& weight, int64_t pair,
              float* result, int64_t stride) {
    const int64_t in = rows.in, groups = groups_of(in), column = pair * PAIR;
    const int64_t columns = smaller(PAIR, weight.out - column);
    const int8_t* bytes = weight.bytes + column * in;
    const float* scales = weight.scales + column * groups;
    const int32_t* zeros = weight.zeros + column * groups;
    for (int64_t number = first; number < end; number++) {
        const uint8_t* own = rows.bytes + number * TILE_ROWS * in;
        const float* own_scales = rows.scales + number * TILE_ROWS * groups;
        float* to = result + (number - first) * TILE_ROWS * stride;
        switch (smaller(TILE_ROWS, rows.n - number * TILE_ROWS)) {
#define CASE(count)                                                                       \
    case count:                                                                           \
        if constexpr (count <= TILE_ROWS)                                                 \
            multiply_tile<count <= TILE_ROWS ? count : 1>(own, own_scales, bytes, scales, zeros, \
                                                          in, groups, stride, columns, to);      \
        break;
            CASE(1)
            CASE(2)
            CASE(3)
            CASE(4)
            CASE(5)
            CASE(6)
            CASE(7)
            CASE(8)
#undef CASE
        }
        if (end - first > 1 && column + PAIR < weight.out)
            fetch_part(bytes + PAIR * in, PAIR * in, number - first, end - first);
    }
}

void gate(float* numbers, const float* up, int64_t size) {
    for (int64_t i = 0; i < size; i += LANES) {
        const Floats x = load(numbers + i);
        // (1 + tanh z) / 2 is 1 / (1 + e ** -2z).
        const Floats power = exponential((x * x * x * 0.044715f + x) * -1.59576912f);
        store(numbers + i, x / (power + 1.f) * load(up + i));
    }
}

INLINE float inverse_root(const float* x, int64_t width, float epsilon) {
    Floats squares[CHAINS] = {};
    int64_t i = 0;
    for (; i + CHAINS * LANES <= width; i += CHAINS * LANES)
        for (int chain = 0; chain < CHAINS; chain++) {
            const Floats part = load(x + i + chain * LANES);
            squares[chain] += part * part;
        }
    for (; i < width; i += LANES) squares[0] += load(x + i) * load(x + i);
    for (int chain = 1; chain < CHAINS; chain++) squares[0] += squares[chain];
    return 1 / std::sqrt(sum(squares[0]) / static_cast<float>(width) + epsilon);
}

void norm(const float* x, const float* factor, int64_t width, float epsilon, float* out) {
    const float scale = inverse_root(x, width, epsilon);
    for (int64_t i = 0; i < width; i += LANES)
        store(out + i, load(x + i) * scale * load(factor + i));
}

void add_normed(const float* y, const float* factor, int64_t width, float epsilon, float* x) {
    const float scale = inverse_root(y, width, epsilon);
    for (int64_t i = 0; i < width; i += LANES)
        store(x + i, load(x + i) + load(y + i) * scale * load(factor + i));
}

void embed(const uint16_t* embedding, int64_t width, float factor, float* out) {
    for (int64_t i = 0; i < width; i += LANES) store(out + i, load(embedding + i) * factor);
}

// Normalizes a head and rotates its halves, which are paired (Su et al. 2021).
template <typename Number>
INLINE void rotate(const float* head, const float* factor, const float* rotation, float epsilon,
                   float scale, Number* out) {
    alignas(64) float x[HEAD];
    norm(head, factor, HEAD, epsilon, x);
    for (int i = 0; i < HEAD / 2; i += LANES) {
        const Floats first = load(x + i), second = load(x + HEAD / 2 + i);
        const Floats cos = load(rotation + i), sin = load(rotation + HEAD / 2 + i);
        store(out + i, (first * cos - second * sin) * scale);
        store(out + HEAD / 2 + i, (second * cos + first * sin) * scale);
    }
}

void heads(const float* product, const float* q_norm, const float* k_norm, const float* rotation,
           float epsilon, float* queries, uint16_t* key, uint16_t* value) {
    const float scale = 1 / std::sqrt(static_cast<float>(HEAD));
    for (int head = 0; head < HEADS; head++)
        rotate(product + head * HEAD, q_norm, rotation, epsilon, scale, queries + head * HEAD);
    rotate(product + HEADS * HEAD, k_norm, rotation, epsilon, 1, key);
    for (int i = 0; i < HEAD; i += LANES) store(value + i, load(product + (HEADS + 1) * HEAD + i));
}

// Prefetches a key or a value. Slots lie anywhere in a pool of many megabytes, so the processor
// cannot predict the next one.
INLINE void fetch(const uint16_t* row) {
    for (int i = 0; i < HEAD; i += 32) __builtin_prefetch(row + i);
}

// Adds the two halves of each segment of two registers. The registers hold segments of `size`
// numbers. The result holds the segments of both, each of half the size.
template <int size, int... lane>
INLINE Floats fold(Floats first, Floats second, std::integer_sequence<int, lane...>) {
    constexpr int half = size / 2;
    return __builtin_shufflevector(first, second, (lane / half * size + lane % half)...) +
           __builtin_shufflevector(first, second, (lane / half * size + lane % half + half)...);
}

// The sum of each of `LANES` registers, as one register.
template <int size = LANES>
INLINE Floats sums_of(Floats* registers) {
    for (int i = 0; i < size / 2; i++)
        registers[i] = fold<size>(registers[2 * i], registers[2 * i + 1],
                                  std::make_integer_sequence<int, LANES>());
    if constexpr (size > 2)
        return sums_of<size / 2>(registers);
    else
        return registers[0];
}

// Number of slots whose scores fill a register, in the order [SLOTS, HEADS].
constexpr int SLOTS = LANES / HEADS;
// Keys are prefetched this many slots ahead. Values are prefetched while their keys are read.
constexpr int64_t AHEAD = 4;
// Number of registers of a value that are summed at once.
constexpr int VALUES = LANES == 16 ? 4 : 2;

void attend(const float* queries, const uint16_t* keys, const uint16_t* values,
            const int64_t* slots, int64_t count, float* weights, float* gathered) {
    for (int64_t at = 0; at < smaller(count, AHEAD); at++) fetch(keys + slots[at] * HEAD);
    Floats maxima = Floats{} - INFINITY;
    for (int64_t at = 0; at < count; at += SLOTS) {
        // The last slot is repeated if a block is not whole; the scores of its copies do not count.
        const uint16_t* block[SLOTS];
        for (int64_t i = 0; i < SLOTS; i++) {
            const int64_t slot = slots[smaller(at + i, count - 1)];
            block[i] = keys + slot * HEAD;
            fetch(values + slot * HEAD);
            if (at + i + AHEAD < count) fetch(keys + slots[at + i + AHEAD] * HEAD);
        }
        Floats products[LANES] = {};
        for (int i = 0; i < HEAD; i += LANES) {
            Floats parts[SLOTS];
            for (int slot = 0; slot < SLOTS; slot++) parts[slot] = load(block[slot] + i);
            for (int head = 0; head < HEADS; head++) {
                const Floats query = load(queries + head * HEAD + i);
                for (int slot = 0; slot < SLOTS; slot++)
                    products[slot * HEADS + head] += query * parts[slot];
            }
        }
        Floats scores = sums_of(products);
        if (at + SLOTS > count)
            for (int lane = static_cast<int>(count - at) * HEADS; lane < LANES; lane++)
                scores[lane] = -INFINITY;
        // Keep NaN, so that the row's result is NaN.
        maxima = (scores > maxima) | (scores != scores) ? scores : maxima;
        store(weights + at * HEADS, scores);
    }
    float lanes[LANES], max[HEADS], total[HEADS] = {};
    store(lanes, maxima);
    for (int head = 0; head < HEADS; head++) {
        max[head] = lanes[head];
        for (int lane = head; lane < LANES; lane += HEADS)
            if (!(lanes[lane] <= max[head])) max[head] = lanes[lane];
    }
    for (int lane = 0; lane < LANES; lane++) lanes[lane] = max[lane % HEADS];
    maxima = load(lanes);
    Floats totals = {};
    for (int64_t at = 0; at < count; at += SLOTS) {
        const Floats scores = load(weights + at * HEADS);
        const Floats powers = scores == -INFINITY ? Floats{} : exponential(scores - maxima);
        totals += powers;
        store(weights + at * HEADS, powers);
    }
    store(lanes, totals);
    for (int lane = 0; lane < LANES; lane++) total[lane % HEADS] += lanes[lane];
    for (int i = 0; i < HEAD; i += LANES * VALUES) {
        Floats mixed[HEADS][VALUES] = {};
        for (int64_t at = 0; at < count; at++) {
            const uint16_t* value = values + slots[at] * HEAD + i;
            for (int part = 0; part < VALUES; part++) {
                const Floats numbers = load(value + part * LANES);
                for (int head = 0; head < HEADS; head++)
                    mixed[head][part] += numbers * weights[at * HEADS + head];
            }
        }
        for (int head = 0; head < HEADS; head++)
            for (int part = 0; part < VALUES; part++)
                store(gathered + head * HEAD + i + part * LANES, mixed[head][part] / total[head]);
    }
}

// Loads `LANES` numbers of a row; numbers beyond its end are -INFINITY.
INLINE Floats load(const float* numbers, int64_t at, int64_t size) {
    if (at + LANES <= size) return load(numbers + at);
    Floats loaded = Floats{} - INFINITY;
    for (int lane = 0; lane < LANES; lane++)
        if (at + lane < size) loaded[lane] = numbers[at + lane];
    return loaded;
}

// Equal numbers keep the order of their ids.
INLINE bool is_before(float value, int64_t id, const Best& best, int64_t place) {
    return value > best.values[place] || (value == best.values[place] && id < best.ids[place]);
}

INLINE void insert(Best& best, float value, int64_t id) {
    int64_t place = best.filled < best.count ? best.filled : best.count - 1;
    if (best.filled == best.count && !is_before(value, id, best, place)) return;
    for (; place > 0 && is_before(value, id, best, place - 1); place--) {
        best.values[place] = best.values[place - 1];
        best.ids[place] = best.ids[place - 1];
    }
    best.values[place] = value;
    best.ids[place] = id;
    if (best.filled < best.count) best.filled++;
}

float rank(const float* logits, int64_t size, int64_t first, Best& best, double* total) {
    float max = -INFINITY;
    for (int64_t start = 0; start < size; start += PIECE) {
        const int64_t end = smaller(size, start + PIECE);
        Floats highest = load(logits, start, size);
        for (int64_t at = start + LANES; at < end; at += LANES) {
            const Floats next = load(logits, at, size);
            highest = next > highest ? next : highest;
        }
        const float piece = largest(highest);
        max = piece > max ? piece : max;
        if (best.filled < best.count || piece >= best.values[best.count - 1])
            for (int64_t at = start; at < end; at++) insert(best, logits[at], first + at);
    }
    Floats sums = {};
    for (int64_t at = 0; at < size; at += LANES) {
        const Floats numbers = load(logits, at, size);
        sums += exponential(numbers - max);
        sums += numbers != numbers ? numbers : Floats{};
    }
    *total = max == INFINITY ? NAN : sum(sums);
    return max;
}

bool is_supported() {
#if defined(__AVX512VNNI__)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("fma");
#elif defined(__AVXVNNI__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("avxvnni");
#elif defined(__AVX2__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#elif defined(__ARM_FEATURE_DOTPROD) && defined(__linux__)
    return getauxval(AT_HWCAP) & HWCAP_ASIMDDP;
#else
    return true;
#endif
}

}  // namespace

#define TEXT(name) #name
#define NAME(name) TEXT(name)
#define JOINED(first, second) first##second
#define SYMBOL(name) JOINED(kernels_, name)

extern const Kernels SYMBOL(VARIANT);
const Kernels SYMBOL(VARIANT) = {
    NAME(VARIANT), SUM_BITS, ROWS,  is_supported, quantize, multiply, gate, norm, add_normed,
    embed,         heads,    attend, rank,
};

}  // namespace kabar
