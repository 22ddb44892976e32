// The likeliest next tokens of each row, and their log-probabilities. In torch this takes several
// passes over a row, and most of the time goes into the search for the largest numbers.
//
// One thread computes a row, always in the same order, so a row does not depend on the others.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

// Numbers of a register of 256 bits.
constexpr int LANES = 8;
// Numbers of a piece. The k largest numbers lie in the k pieces with the largest maxima.
constexpr int64_t PIECE = 64;
typedef float Floats __attribute__((vector_size(LANES * 4)));
typedef int32_t Wholes __attribute__((vector_size(LANES * 4)));

// e ** x for x up to 0; below -87 the result is nearly 0.
static inline __attribute__((always_inline)) Floats exponential(Floats x) {
    x = x < -87.f ? Floats{} - 87.f : x;
    // Adding this rounds to a whole number, since the sum has no bits for a fraction.
    constexpr float ROUNDING = 12582912;
    const Floats powers = (x * 1.44269504f + ROUNDING) - ROUNDING;
    // The rest of x, at most half of log 2, is subtracted in two parts to be exact.
    const Floats rest = (x - powers * 0.693359375f) + powers * 2.12194440e-4f;
    Floats sum = Floats{} + 1.f / 720;
    for (const float factor : {1.f / 120, 1.f / 24, 1.f / 6, 1.f / 2, 1.f, 1.f})
        sum = sum * rest + factor;
    Wholes bits;
    __builtin_memcpy(&bits, &sum, sizeof bits);
    bits += __builtin_convertvector(powers, Wholes) << 23;
    __builtin_memcpy(&sum, &bits, sizeof sum);
    return sum;
}

// Loads `LANES` numbers of a row; numbers beyond its end are -INFINITY.
static inline __attribute__((always_inline)) Floats load(const float* numbers, int64_t at,
                                                         int64_t size) {
    Floats loaded = Floats{} - INFINITY;
    if (at + LANES <= size)
        __builtin_memcpy(&loaded, numbers + at, sizeof loaded);
    else
        __builtin_memcpy(&loaded, numbers + at, (size - at) * sizeof(float));
    return loaded;
}

// Finds the places of the `count` largest numbers [size], given the maximum of each piece. Equal
// numbers keep their order.
static void largest(const float* numbers, int64_t size, int64_t count,
                    const std::vector<float>& maxima, std::vector<int64_t>& pieces,
                    std::vector<int64_t>& places) {
    const auto before = [](const float* x) {
        return [x](int64_t a, int64_t b) { return x[a] > x[b] || (x[a] == x[b] && a < b); };
    };
    const int64_t searched = std::min<int64_t>(count, maxima.size());
    pieces.resize(maxima.size());
    std::iota(pieces.begin(), pieces.end(), 0);
    std::nth_element(pieces.begin(), pieces.begin() + searched - 1, pieces.end(),
                     before(maxima.data()));
    places.clear();
    for (int64_t i = 0; i < searched; i++)
        for (int64_t at = pieces[i] * PIECE; at < std::min(size, (pieces[i] + 1) * PIECE); at++)
            places.push_back(at);
    std::partial_sort(places.begin(), places.begin() + count, places.end(), before(numbers));
}

// Writes ids and log_probabilities [n, count] of the likeliest tokens, the best first, given logits
// [n, size] and a count from 1 to size. If a row has a logit of NaN or +INFINITY, its
// log-probabilities are all NaN.
extern "C" void top_tokens(const float* logits, int64_t n, int64_t size, int64_t count, int threads,
                           int64_t* ids, float* log_probabilities) {
#pragma omp parallel num_threads(threads)
    {
        std::vector<float> maxima((size + PIECE - 1) / PIECE);
        std::vector<int64_t> pieces, places;
#pragma omp for schedule(dynamic)
        for (int64_t row = 0; row < n; row++) {
            const float* numbers = logits + row * size;
            for (int64_t start = 0; start < size; start += PIECE) {
                Floats best = load(numbers, start, size);
                for (int64_t at = start + LANES; at < std::min(size, start + PIECE); at += LANES) {
                    const Floats next = load(numbers, at, size);
                    best = next > best ? next : best;
                }
                float max = best[0];
                for (int lane = 1; lane < LANES; lane++) max = std::max(max, best[lane]);
                maxima[start / PIECE] = max;
            }
            const float max = *std::max_element(maxima.begin(), maxima.end());
            double total = 0;
            for (int64_t start = 0; start < size; start += PIECE) {
                Floats sum = {};
                for (int64_t at = start; at < std::min(size, start + PIECE); at += LANES)
                    sum += exponential(load(numbers, at, size) - max);
                for (int lane = 0; lane < LANES; lane++) total += sum[lane];
            }
            if (std::isnan(total)) {
                places.resize(count);
                std::iota(places.begin(), places.end(), 0);
            } else {
                largest(numbers, size, count, maxima, pieces, places);
            }
            const double normalizer = max + std::log(total);
            for (int64_t i = 0; i < count; i++) {
                ids[row * count + i] = places[i];
                log_probabilities[row * count + i] = numbers[places[i]] - normalizer;
            }
        }
    }
}
