// Attention to slots of a pool, which a table names. torch would first copy the slots together,
// which takes longer than the sums.
//
// Compiled with HEADS and WIDTH (of a head), and with BFLOAT16 where keys and values are bfloat16.
// One thread computes a row, always in the same order, so a row does not depend on the others.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

// Numbers of one register: compilers generate poor code for vectors of several registers.
#if defined(__AVX512F__) && WIDTH % 16 == 0
constexpr int LANES = 16;
#else
constexpr int LANES = 8;
#endif
// Independent sums for each head, so that no sum waits for another.
constexpr int CHAINS = WIDTH % (2 * LANES) == 0 ? 2 : 1;
// Keys are prefetched this many slots ahead, and values while their keys are read.
constexpr int64_t AHEAD = 4;
typedef float Floats __attribute__((vector_size(LANES * 4)));
static_assert(WIDTH % LANES == 0, "the width of a head is a multiple of the lanes");

#ifdef BFLOAT16
typedef uint16_t Cached;
typedef uint16_t Halves __attribute__((vector_size(LANES * 2)));
typedef uint32_t Wholes __attribute__((vector_size(LANES * 4)));
#else
typedef float Cached;
#endif

static inline __attribute__((always_inline)) void load(const float* from, Floats& into) {
    __builtin_memcpy(&into, from, sizeof into);
}

#ifdef BFLOAT16
// A bfloat16 is the upper half of a float.
static inline __attribute__((always_inline)) void load(const uint16_t* from, Floats& into) {
    Halves halves;
    __builtin_memcpy(&halves, from, sizeof halves);
    const Wholes wholes = __builtin_convertvector(halves, Wholes) << 16;
    __builtin_memcpy(&into, &wholes, sizeof into);
}
#endif

// Prefetches a key or a value. Slots lie anywhere in a pool of many megabytes, so the processor
// cannot predict the next one.
static inline __attribute__((always_inline)) void fetch(const Cached* row) {
    constexpr int LINE = 64 / sizeof(Cached);
    for (int i = 0; i < WIDTH; i += LINE) __builtin_prefetch(row + i);
}

static inline __attribute__((always_inline)) float sum(const Floats& floats) {
    // In pairs: in a chain, each addition would wait for the one before.
    float pairs[LANES];
    __builtin_memcpy(pairs, &floats, sizeof pairs);
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++) pairs[lane] += pairs[lane + half];
    return pairs[0];
}

// queries and gathered [HEADS, WIDTH]; keys and values [slots, WIDTH]; slots of the past [count];
// weights [count, HEADS] is scratch.
static void attend_row(const float* queries, const Cached* keys, const Cached* values,
                       const int64_t* slots, int64_t count, float* weights, float* gathered) {
    float max[HEADS], total[HEADS] = {};
    for (int head = 0; head < HEADS; head++) max[head] = -INFINITY;
    for (int64_t at = 0; at < std::min(count, AHEAD); at++) fetch(keys + slots[at] * WIDTH);
    for (int64_t at = 0; at < count; at++) {
        if (at + AHEAD < count) fetch(keys + slots[at + AHEAD] * WIDTH);
        fetch(values + slots[at] * WIDTH);
        const Cached* key = keys + slots[at] * WIDTH;
        Floats products[HEADS][CHAINS] = {};
        for (int i = 0; i < WIDTH; i += LANES * CHAINS)
            for (int chain = 0; chain < CHAINS; chain++) {
                Floats part, query;
                load(key + i + chain * LANES, part);
                for (int head = 0; head < HEADS; head++) {
                    load(queries + head * WIDTH + i + chain * LANES, query);
                    products[head][chain] += query * part;
                }
            }
        for (int head = 0; head < HEADS; head++) {
            for (int chain = 1; chain < CHAINS; chain++) products[head][0] += products[head][chain];
            const float score = sum(products[head][0]);
            weights[at * HEADS + head] = score;
            if (score > max[head]) max[head] = score;
        }
    }
    for (int64_t at = 0; at < count; at++)
        for (int head = 0; head < HEADS; head++) {
            float& weight = weights[at * HEADS + head];
            weight = std::exp(weight - max[head]);
            total[head] += weight;
        }
    for (int i = 0; i < WIDTH; i += LANES * CHAINS) {
        Floats sums[HEADS][CHAINS] = {};
        for (int64_t at = 0; at < count; at++)
            for (int chain = 0; chain < CHAINS; chain++) {
                Floats part;
                load(values + slots[at] * WIDTH + i + chain * LANES, part);
                for (int head = 0; head < HEADS; head++)
                    sums[head][chain] += part * weights[at * HEADS + head];
            }
        for (int head = 0; head < HEADS; head++)
            for (int chain = 0; chain < CHAINS; chain++) {
                sums[head][chain] /= total[head];
                __builtin_memcpy(gathered + head * WIDTH + i + chain * LANES, &sums[head][chain],
                                 sizeof(Floats));
            }
    }
}

// queries and gathered [n, HEADS, WIDTH]; table [n, columns]. A row's past is the first lengths[n]
// slots in its row of the table; it attends to the last `window` of them.
extern "C" void attend(const float* queries, const void* keys, const void* values,
                       const int64_t* table, const int64_t* lengths, int64_t n, int64_t columns,
                       int64_t window, int threads, float* gathered) {
#pragma omp parallel num_threads(threads)
    {
        std::vector<float> weights;
#pragma omp for schedule(dynamic, 4)
        for (int64_t row = 0; row < n; row++) {
            const int64_t skipped = lengths[row] > window ? lengths[row] - window : 0;
            const int64_t count = lengths[row] - skipped;
            weights.resize(count * HEADS);
            attend_row(queries + row * HEADS * WIDTH, static_cast<const Cached*>(keys),
                       static_cast<const Cached*>(values), table + row * columns + skipped, count,
                       weights.data(), gathered + row * HEADS * WIDTH);
        }
    }
}
