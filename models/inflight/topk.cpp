// The likeliest of each row's next tokens, and their log-probabilities. In torch every row is gone
// through several times, and the search for the largest numbers takes longer than all else of it.
//
// Every row is computed by one thread in the same order, whoever else is there.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

// As many numbers as a register of 256 bits holds.
constexpr int LANES = 8;
// Numbers of a piece. The largest k numbers lie in the k pieces with the largest maxima.
constexpr int64_t PIECE = 64;
typedef float Floats __attribute__((vector_size(LANES * 4)));
typedef int32_t Wholes __attribute__((vector_size(LANES * 4)));

// e ** x of numbers that are not positive; those below -87 give next to nothing.
static inline __attribute__((always_inline)) Floats exponential(Floats x) {
    x = x < -87.f ? Floats{} - 87.f : x;
    // Rounded to a whole number, since there is no room for its fraction.
    constexpr float ROUNDING = 12582912;
    const Floats powers = (x * 1.44269504f + ROUNDING) - ROUNDING;
    // The rest of x, of at most half of log 2, which is taken off in two parts so as to be exact.
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

// `LANES` numbers from a place of a row on; those beyond its end are the smallest.
static inline __attribute__((always_inline)) Floats load(const float* numbers, int64_t at,
                                                         int64_t size) {
    Floats some = Floats{} - INFINITY;
    if (at + LANES <= size)
        __builtin_memcpy(&some, numbers + at, sizeof some);
    else
        __builtin_memcpy(&some, numbers + at, (size - at) * sizeof(float));
    return some;
}

// The places of the `count` largest numbers [size], the first of equal ones first, from the largest
// number of each piece.
static void largest(const float* numbers, int64_t size, int64_t count,
                    const std::vector<float>& maxima, std::vector<int64_t>& pieces,
                    std::vector<int64_t>& places) {
    const auto before = [](const float* of) {
        return [of](int64_t a, int64_t b) { return of[a] > of[b] || (of[a] == of[b] && a < b); };
    };
    const int64_t kept = std::min<int64_t>(count, maxima.size());
    pieces.resize(maxima.size());
    std::iota(pieces.begin(), pieces.end(), 0);
    std::nth_element(pieces.begin(), pieces.begin() + kept - 1, pieces.end(),
                     before(maxima.data()));
    places.clear();
    for (int64_t i = 0; i < kept; i++)
        for (int64_t at = pieces[i] * PIECE; at < std::min(size, (pieces[i] + 1) * PIECE); at++)
            places.push_back(at);
    std::partial_sort(places.begin(), places.begin() + count, places.end(), before(numbers));
}

// logits [n, size]; the `count` likeliest of each, at least one and at most all, the likeliest first,
// as ids and log_probabilities [n, count]. Where some are not numbers, no log-probability is one.
extern "C" void choose(const float* logits, int64_t n, int64_t size, int64_t count, int threads,
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
                    const Floats some = load(numbers, at, size);
                    best = some > best ? some : best;
                }
                float most = best[0];
                for (int lane = 1; lane < LANES; lane++) most = std::max(most, best[lane]);
                maxima[start / PIECE] = most;
            }
            const float most = *std::max_element(maxima.begin(), maxima.end());
            double total = 0;
            for (int64_t start = 0; start < size; start += PIECE) {
                Floats sum = {};
                for (int64_t at = start; at < std::min(size, start + PIECE); at += LANES)
                    sum += exponential(load(numbers, at, size) - most);
                for (int lane = 0; lane < LANES; lane++) total += sum[lane];
            }
            if (std::isnan(total)) {
                places.resize(count);
                std::iota(places.begin(), places.end(), 0);
            } else {
                largest(numbers, size, count, maxima, pieces, places);
            }
            const double normaliser = most + std::log(total);
            for (int64_t i = 0; i < count; i++) {
                ids[row * count + i] = places[i];
                log_probabilities[row * count + i] = numbers[places[i]] - normaliser;
            }
        }
    }
}
