// Compares the kernels of every instruction set that runs here with those of `portable`. Prints
// each set's name, and returns 1 if one differs.

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include "kernels.h"

namespace kabar {
extern const Kernels kernels_portable;
#ifdef __aarch64__
extern const Kernels kernels_neon;
const Kernels* const OTHERS[] = {&kernels_neon};
#else
extern const Kernels kernels_avxvnni, kernels_avx512;
const Kernels* const OTHERS[] = {&kernels_avxvnni, &kernels_avx512};
#endif
}  // namespace kabar

using namespace kabar;

static std::mt19937 generator(1);

static std::vector<float> normal(size_t count) {
    std::normal_distribution<float> draw;
    std::vector<float> numbers(count);
    for (float& number : numbers) number = draw(generator);
    return numbers;
}

template <typename T>
static T* aligned(size_t count) {
    return static_cast<T*>(std::aligned_alloc(64, (count * sizeof(T) + 63) / 64 * 64));
}

static bool are_near(const char* what, const float* a, const float* b, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!(std::fabs(a[i] - b[i]) <= 1e-4f * (1 + std::fabs(b[i])))) {
            std::printf("  %s differs at %zu: %g, %g\n", what, i, a[i], b[i]);
            return false;
        }
    return true;
}

static std::vector<float> multiplied(const Kernels& kernels, const std::vector<float>& x, int64_t n,
                                     const Weight& weight) {
    const int64_t padded = (n + kernels.rows - 1) / kernels.rows * kernels.rows;
    const int64_t groups = (weight.in + GROUP - 1) / GROUP;
    const Rows rows{aligned<uint8_t>(padded * weight.in), aligned<float>(padded * groups), n,
                    weight.in};
    for (int64_t row = 0; row < n; row++)
        for (int64_t at = 0; at < weight.in; at += GROUP)
            kernels.quantize(rows, row, at, x.data() + row * weight.in + at);
    std::vector<float> result(n * weight.out);
    for (int64_t pair = 0; pair * PAIR < weight.out; pair++)
        kernels.multiply(rows, 0, padded / kernels.rows, weight, pair, result.data() + pair * PAIR,
                         weight.out);
    std::free(rows.bytes);
    std::free(rows.scales);
    return result;
}

static bool products_agree(const Kernels& kernels, int64_t n, int64_t in, int64_t out) {
    const int64_t columns = (out + PAIR - 1) / PAIR * PAIR, groups = (in + GROUP - 1) / GROUP;
    int8_t* bytes = aligned<int8_t>(columns * in);
    float* scales = aligned<float>(columns * groups);
    int32_t* zeros = aligned<int32_t>(columns * groups);
    for (int64_t i = 0; i < columns * in; i++) bytes[i] = static_cast<int8_t>(generator() % 255 - 127);
    for (int64_t i = 0; i < columns * groups; i++) scales[i] = 0.001f * (1 + generator() % 9);
    for (int64_t column = 0; column < columns; column++)
        for (int64_t group = 0; group < groups; group++) {
            int32_t sum = 0;
            const int64_t panel = column / COLUMNS, within = column % COLUMNS;
            for (int64_t i = group * GROUP; i < in && i < (group + 1) * GROUP; i++)
                sum += bytes[((panel * in / QUAD + i / QUAD) * COLUMNS + within) * QUAD + i % QUAD];
            zeros[(panel * groups + group) * COLUMNS + within] = -128 * sum;
        }
    const Weight weight{bytes, scales, zeros, in, out};
    const std::vector<float> x = normal(n * in);
    const auto found = multiplied(kernels, x, n, weight);
    const auto expected = multiplied(kernels_portable, x, n, weight);
    const bool agree = are_near("a product", found.data(), expected.data(), found.size());
    std::free(bytes);
    std::free(scales);
    std::free(zeros);
    return agree;
}

static bool rows_agree(const Kernels& kernels) {
    constexpr int WIDTH = 640, SLOTS = 40, LOGITS = 500;
    const auto x = normal(WIDTH), factor = normal(WIDTH), logits = normal(LOGITS);
    const auto product = normal((HEADS + 2) * HEAD), rotation = normal(HEAD);
    const auto pool = normal(2 * SLOTS * HEAD);
    std::vector<uint16_t> halves(pool.size());
    for (size_t i = 0; i < pool.size(); i++) {
        uint32_t bits;
        std::memcpy(&bits, &pool[i], 4);
        halves[i] = static_cast<uint16_t>(bits >> 16);
    }
    std::vector<int64_t> slots;
    for (int64_t i = 0; i < 17; i++) slots.push_back((i * 7) % SLOTS);
    std::vector<float> results[2];
    int64_t ids[2][8];
    for (int side = 0; side < 2; side++) {
        const Kernels& of = side ? kernels_portable : kernels;
        std::vector<float>& all = results[side];
        std::vector<float> out(WIDTH), gates(x), queries(HEADS * HEAD), gathered(HEADS * HEAD);
        std::vector<float> weights((SLOTS + 3) * HEADS), values(8);
        std::vector<uint16_t> key(HEAD), value(HEAD);
        const auto keep = [&](const std::vector<float>& part) {
            all.insert(all.end(), part.begin(), part.end());
        };
        of.norm(x.data(), factor.data(), WIDTH, 1e-6f, out.data());
        keep(out);
        of.add_normed(x.data(), factor.data(), WIDTH, 1e-6f, out.data());
        keep(out);
        of.embed(halves.data(), WIDTH, 25, out.data());
        keep(out);
        of.gate(gates.data(), factor.data(), WIDTH);
        keep(gates);
        of.heads(product.data(), factor.data(), factor.data(), rotation.data(), 1e-6f,
                 queries.data(), key.data(), value.data());
        keep(queries);
        for (const auto& part : {key, value})
            for (const uint16_t half : part) all.push_back(half);
        for (const int64_t count : {1, 4, 17}) {
            of.attend(queries.data(), halves.data(), halves.data() + SLOTS * HEAD, slots.data(),
                      count, weights.data(), gathered.data());
            keep(gathered);
        }
        Best best{values.data(), ids[side], 8, 0};
        double sum = 0;
        all.push_back(of.rank(logits.data(), LOGITS, 100, best, &sum));
        all.push_back(static_cast<float>(sum));
        keep(values);
    }
    return are_near("a row", results[0].data(), results[1].data(), results[0].size()) &&
           std::memcmp(ids[0], ids[1], sizeof ids[0]) == 0;
}

int main() {
    bool agree = true;
    for (const Kernels* kernels : OTHERS) {
        if (!kernels->is_supported()) continue;
        std::printf("%s\n", kernels->name);
        for (const int64_t n : {1, 2, 3, 4, 5, 8, 11})
            agree &= products_agree(*kernels, n, 672, 72);
        agree &= rows_agree(*kernels);
    }
    return agree ? 0 : 1;
}
