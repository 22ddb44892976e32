// What rows gather from their past: attention over slots of a pool that a table
// names. In torch the slots have to be copied together first, which takes longer than the sums.
//
// Compiled with HEADS and WIDTH, which all rows have, and ROUNDED where keys and values are
// bfloat16. Every row is computed by one thread in the same order, whoever else is there.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

// As many numbers as a register holds: compilers do badly with vectors of several.
#if defined(__AVX512F__) && WIDTH % 16 == 0
constexpr int LANES = 16;
#else
constexpr int LANES = 8;
#endif
// Vectors of each head that are summed side by side, none of them waiting for another.
constexpr int CHAINS = WIDTH % (2 * LANES) == 0 ? 2 : 1;
// Keys are fetched so many before they are needed, and values while keys are looked at.
constexpr int64_t AHEAD = 4;
typedef float Floats __attribute__((vector_size(LANES * 4)));
static_assert(WIDTH % LANES == 0, "the width of a head is a multiple of the lanes");

#ifdef ROUNDED
typedef uint16_t Kept;
typedef uint16_t Halves __attribute__((vector_size(LANES * 2)));
typedef uint32_t Wholes __attribute__((vector_size(LANES * 4)));
#else
typedef float Kept;
#endif

static inline __attribute__((always_inline)) void load(const float* from, Floats& into) {
    __builtin_memcpy(&into, from, sizeof into);
}

#ifdef ROUNDED
// A bfloat16 is the upper half of a float.
static inline __attribute__((always_inline)) void load(const uint16_t* from, Floats& into) {
    Halves halves;
    __builtin_memcpy(&halves, from, sizeof halves);
    const Wholes wholes = __builtin_convertvector(halves, Wholes) << 16;
    __builtin_memcpy(&into, &wholes, sizeof into);
}
#endif

// A key or a value on its way to the cache. Slots lie anywhere in a pool of many megabytes, so that
// the processor does not see by itself which comes next.
static inline __attribute__((always_inline)) void fetch(const Kept* row) {
    constexpr int LINE = 64 / sizeof(Kept);
    for (int i = 0; i < WIDTH; i += LINE) __builtin_prefetch(row + i);
}

static inline __attribute__((always_inline)) float sum(const Floats& floats) {
    // In pairs: a chain of sums would wait for each.
    float pairs[LANES];
    __builtin_memcpy(pairs, &floats, sizeof pairs);
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++) pairs[lane] += pairs[lane + half];
    return pairs[0];
}

// queries and gathered [HEADS, WIDTH]; keys and values [slots, WIDTH]; the past's slots [count];
// room for weights [count, HEADS].
static void attend_row(const float* queries, const Kept* keys, const Kept* values,
                       const int64_t* slots, int64_t count, float* weights, float* gathered) {
    float most[HEADS], total[HEADS] = {};
    for (int head = 0; head < HEADS; head++) most[head] = -INFINITY;
    for (int64_t at = 0; at < std::min(count, AHEAD); at++) fetch(keys + slots[at] * WIDTH);
    for (int64_t at = 0; at < count; at++) {
        if (at + AHEAD < count) fetch(keys + slots[at + AHEAD] * WIDTH);
        fetch(values + slots[at] * WIDTH);
        const Kept* key = keys + slots[at] * WIDTH;
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
            if (score > most[head]) most[head] = score;
        }
    }
    for (int64_t at = 0; at < count; at++)
        for (int head = 0; head < HEADS; head++) {
            float& weight = weights[at * HEADS + head];
            weight = std::exp(weight - most[head]);
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

// queries and gathered [n, HEADS, WIDTH]; table [n, columns] of which a row's first lengths[n] are
// its past; of those it attends to the last `window`.
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
            attend_row(queries + row * HEADS * WIDTH, static_cast<const Kept*>(keys),
                       static_cast<const Kept*>(values), table + row * columns + skipped, count,
                       weights.data(), gathered + row * HEADS * WIDTH);
        }
    }
}
