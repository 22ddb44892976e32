// A decoding step of Gemma 3 (Gemma Team 2025, arXiv:2503.19786): rows of tokens in, the likeliest
// next tokens out.
//
// One pool of slots holds the keys and values of all tokens. A table lists the slots of each row's
// past (paged attention with pages of one token; Kwon et al. 2023). Plain C functions are the
// interface, so that one library serves every version of Python.

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <cmath>
#include <memory>
#include <new>

#include "kernels.h"
#include "team.h"

namespace kabar {

#if defined(__x86_64__)
extern const Kernels kernels_avx2;
#ifdef HAS_AVX512
extern const Kernels kernels_avx512;
#endif
#ifdef HAS_AVXVNNI
extern const Kernels kernels_avxvnni;
#endif
#elif defined(__aarch64__)
extern const Kernels kernels_neon;
#endif
extern const Kernels kernels_portable;

namespace {

// All instruction sets, the fastest first.
const Kernels* const ALL[] = {
#if defined(__x86_64__)
#ifdef HAS_AVX512
    &kernels_avx512,
#endif
#ifdef HAS_AVXVNNI
    &kernels_avxvnni,
#endif
    &kernels_avx2,
#elif defined(__aarch64__)
    &kernels_neon,
#endif
    &kernels_portable,
};

const Kernels* find(const char* name) {
    for (const Kernels* kernels : ALL)
        if (std::strcmp(kernels->name, name) == 0 && kernels->is_supported()) return kernels;
    return nullptr;
}

// Memory in whole cache lines that grows as needed. Throws std::bad_alloc.
template <typename T>
class Buffer {
  public:
    T* fit(int64_t count) {
        if (count > size_) {
            memory_.reset();  // before the new allocation, to lower peak memory
            size_ = 0;
            const size_t bytes = (static_cast<size_t>(count) * sizeof(T) + 63) / 64 * 64;
            memory_.reset(static_cast<T*>(std::aligned_alloc(64, bytes)));
            if (!memory_) throw std::bad_alloc();
            size_ = count;
        }
        return memory_.get();
    }
    T* get() const { return memory_.get(); }

  private:
    struct Free {
        void operator()(T* memory) const { std::free(memory); }
    };
    std::unique_ptr<T, Free> memory_;
    int64_t size_ = 0;
};

int64_t groups_of(int64_t in) { return (in + GROUP - 1) / GROUP; }

// Buffers of quantized rows.
struct RowBuffer {
    Buffer<uint8_t> bytes;
    Buffer<float> scales;
    Rows fit(int64_t n, int64_t in, int tile_rows) {
        const int64_t padded = (n + tile_rows - 1) / tile_rows * tile_rows;
        return {bytes.fit(padded * in), scales.fit(padded * groups_of(in)), n, in};
    }
};

}  // namespace

extern "C" {

// The sizes of a model; the field order is that of `library.py`.
struct Sizes {
    int64_t layers, width, hidden, vocabulary, window, global_every, slots, threads;
    float epsilon;
};

// A weight, as in `kernels.h`.
struct Packed {
    const int8_t* bytes;
    const float* scales;
    const int32_t* zeros;
};

struct LayerArrays {
    Packed qkv, o, gate_up, down;
    const float *attention_norm, *post_attention_norm, *ffn_norm, *post_ffn_norm, *q_norm, *k_norm;
};

struct Arrays {
    const uint16_t* embedding;  // [vocabulary, width], bfloat16
    Packed output;
    const float* norm;
    const LayerArrays* layers;
    uint16_t *keys, *values;  // [layers, slots, HEAD], bfloat16
};

// Rows of a step. Tokens [n] get the slots [n]. Each attends to the first `lengths` [n] slots in
// its row of `table` [n, columns], its own slot last. `ends` [end_count] are the rows whose next
// tokens are wanted. `rotations` is [2, positions, 2, HEAD / 2]: cos and sin for local and global
// layers. `ids` and `log_probabilities` are [end_count, count].
struct Step {
    int64_t n, columns, end_count, positions, count;
    const int64_t *tokens, *slots, *table, *lengths, *ends;
    const float* rotations;
    int64_t* ids;
    float* log_probabilities;
};
}

namespace {

class Model {
  public:
    Model(const Sizes& sizes, const Arrays& arrays, const Kernels& kernels)
        : sizes_(sizes), arrays_(arrays), kernels_(kernels), team_(static_cast<int>(sizes.threads)),
          layers_(arrays.layers, arrays.layers + sizes.layers), scratch_(team_.size()) {
        arrays_.layers = layers_.data();
    }

    // Throws std::bad_alloc; the pool and the model are then as before the step.
    void step(const Step& step) {
        fit(step);
        step_ = &step;
        team_.run([](void* self, int member) { static_cast<Model*>(self)->compute(member); }, this);
    }

    // The seconds that steps spent in products, including the gates and the choice of tokens.
    double product_seconds() const { return product_seconds_; }

    // result [n, out] = x [n, in] weight^T, for tests and measurements.
    void product(const float* x, int64_t n, const Weight& weight, float* result) {
        struct Work {
            Model* model;
            const float* x;
            Rows rows;
            const Weight* weight;
            float* result;
        } work{this, x, rows_.fit(n, weight.in, kernels_.rows), &weight, result};
        team_.run(
            [](void* context, int) {
                const Work& own = *static_cast<Work*>(context);
                Model& model = *own.model;
                model.each(own.rows.n, 4, [&](int64_t row) {
                    model.quantize(own.rows, row, own.x + row * own.rows.in);
                });
                model.multiply(own.rows, *own.weight, own.result);
            },
            &work);
    }

  private:
    // Buffers that one member of the team uses alone.
    struct Scratch {
        Buffer<float> numbers, floats, weights, values;
        Buffer<int64_t> ids, places;
        Buffer<Best> best;
    };

    // Number of tiles that the same columns multiply in turn; their rows stay in the cache.
    int64_t chunk_tiles() const { return 192 / kernels_.rows; }
    int64_t tiles(const Rows& rows) const { return (rows.n + kernels_.rows - 1) / kernels_.rows; }
    Weight weight(const Packed& packed, int64_t in, int64_t out) const {
        return {packed.bytes, packed.scales, packed.zeros, in, out};
    }

    void fit(const Step& step) {
        const int64_t n = step.n, width = sizes_.width, ends = step.end_count;
        int64_t longest = 0;
        for (int64_t row = 0; row < n; row++) longest = std::max(longest, step.lengths[row]);
        x_.fit(n * width);
        end_x_.fit(ends * width);
        product_.fit(n * std::max<int64_t>((HEADS + 2) * HEAD, width));
        queries_.fit(n * HEADS * HEAD);
        normed_ = rows_.fit(n, width, kernels_.rows);
        gathered_ = gathered_rows_.fit(n, HEADS * HEAD, kernels_.rows);
        hidden_ = hidden_rows_.fit(n, sizes_.hidden, kernels_.rows);
        const int64_t blocks = (sizes_.vocabulary + BLOCK - 1) / BLOCK;
        maxima_.fit(ends * blocks);
        sums_.fit(ends * blocks);
        const int64_t chunk = chunk_tiles() * kernels_.rows;
        const int64_t block = std::max<int64_t>(BLOCK, 2 * GROUP);
        for (Scratch& own : scratch_) {
            own.numbers.fit(std::min(chunk, n + kernels_.rows) * block);
            own.floats.fit(std::max<int64_t>(width, HEADS * HEAD));
            own.weights.fit((longest + 3) * HEADS);
            own.values.fit(ends * step.count);
            own.ids.fit(ends * step.count);
            own.best.fit(ends);
            own.places.fit(team_.size());
        }
    }

    // Calls `work(row)` for all rows, a few at a time, in the members of the team.
    template <typename Work>
    void each(int64_t count, int64_t grain, const Work& work) {
        for (int64_t at; (at = team_.claim(grain)) < count;)
            for (int64_t row = at; row < std::min(count, at + grain); row++) work(row);
        team_.barrier();
    }

    void quantize(const Rows& rows, int64_t row, const float* numbers) {
        for (int64_t at = 0; at < rows.in; at += GROUP)
            kernels_.quantize(rows, row, at, numbers + at);
    }

    // result [n, out] = rows weight^T.
    void multiply(const Rows& rows, const Weight& weight, float* result) {
        const int64_t chunk = chunk_tiles(), chunks = (tiles(rows) + chunk - 1) / chunk;
        const int64_t pairs = (weight.out + PAIR - 1) / PAIR;
        const int64_t grain = std::clamp<int64_t>(chunks * pairs / (8 * team_.size()), 1, 8);
        each(chunks * pairs, grain, [&](int64_t task) {
            const int64_t pair = task % pairs, first = task / pairs * chunk;
            kernels_.multiply(rows, first, std::min(tiles(rows), first + chunk), weight, pair,
                              result + first * kernels_.rows * weight.out + pair * PAIR,
                              weight.out);
        });
    }

    // Computes quantized rows of gelu(rows gate^T) * (rows up^T), a group at a time, so that the
    // group stays in the cache. The weight is [2 hidden, width], first gate, then up.
    void multiply_gated(const Rows& rows, const Weight& gate_up, const Rows& hidden, float* own) {
        const int64_t groups = groups_of(hidden.in), all = tiles(rows);
        // Chunks are small enough to make four tasks for each thread.
        const int64_t needed = (4 * team_.size() + groups - 1) / groups;
        const int64_t chunk = std::clamp<int64_t>((all + needed - 1) / needed, 1, chunk_tiles());
        const int64_t chunks = (all + chunk - 1) / chunk;
        each(chunks * groups, 1, [&](int64_t task) {
            const int64_t first = task / groups * chunk, end = std::min(all, first + chunk);
            const int64_t at = task % groups * GROUP;
            const int64_t size = std::min<int64_t>(GROUP, hidden.in - at);
            for (int64_t side = 0; side < 2; side++)
                for (int64_t column = 0; column < size; column += PAIR)
                    kernels_.multiply(rows, first, end, gate_up,
                                      (side * hidden.in + at + column) / PAIR,
                                      own + side * GROUP + column, 2 * GROUP);
            for (int64_t row = first * kernels_.rows;
                 row < std::min(rows.n, end * kernels_.rows); row++) {
                float* numbers = own + (row - first * kernels_.rows) * 2 * GROUP;
                kernels_.gate(numbers, numbers + GROUP, size);
                kernels_.quantize(hidden, row, at, numbers);
            }
        });
    }

    // Measures the time of the products of a step, in the first member of the team only.
    class Timer {
      public:
        Timer(int member, double& seconds) : is_on_(member == 0), seconds_(seconds) {
            if (is_on_) began_ = Clock::now();
        }
        ~Timer() {
            if (is_on_)
                seconds_ += std::chrono::duration<double>(Clock::now() - began_).count();
        }

      private:
        using Clock = std::chrono::steady_clock;
        const bool is_on_;
        double& seconds_;
        Clock::time_point began_;
    };

    // Calls `work` and adds its time to that of products.
    template <typename Work>
    void timed(int member, const Work& work) {
        const Timer timer(member, product_seconds_);
        work();
    }

    void compute(int member) {
        const Step& step = *step_;
        Scratch& own = scratch_[member];
        float *floats = own.floats.get(), *x = x_.get();
        const int64_t width = sizes_.width;
        const float epsilon = sizes_.epsilon;
        each(step.n, 4, [&](int64_t row) {
            kernels_.embed(arrays_.embedding + step.tokens[row] * width, width,
                           std::sqrt(static_cast<float>(width)), x + row * width);
            kernels_.norm(x + row * width, layers_[0].attention_norm, width, epsilon, floats);
            quantize(normed_, row, floats);
        });
        int64_t n = step.n;
        Rows normed = normed_, gathered = gathered_, hidden = hidden_;
        for (int64_t number = 0; number < sizes_.layers; number++) {
            const LayerArrays& layer = layers_[number];
            const bool is_global = (number + 1) % sizes_.global_every == 0;
            const bool is_last = number + 1 == sizes_.layers;
            timed(member, [&] {
                multiply(normed, weight(layer.qkv, width, (HEADS + 2) * HEAD), product_.get());
            });
            uint16_t* keys = arrays_.keys + number * sizes_.slots * HEAD;
            uint16_t* values = arrays_.values + number * sizes_.slots * HEAD;
            each(n, 4, [&](int64_t row) {
                const int64_t position = step.lengths[row] - 1;
                kernels_.heads(product_.get() + row * (HEADS + 2) * HEAD, layer.q_norm,
                               layer.k_norm,
                               step.rotations + (is_global * step.positions + position) * HEAD,
                               epsilon, queries_.get() + row * HEADS * HEAD,
                               keys + step.slots[row] * HEAD, values + step.slots[row] * HEAD);
            });
            if (is_last) {
                // No later layer needs the other rows.
                n = normed.n = gathered.n = hidden.n = step.end_count;
            }
            each(n, 2, [&](int64_t place) {
                const int64_t row = is_last ? step.ends[place] : place;
                const int64_t length = step.lengths[row];
                const int64_t skipped =
                    is_global ? 0 : std::max<int64_t>(0, length - sizes_.window);
                kernels_.attend(queries_.get() + row * HEADS * HEAD, keys, values,
                                step.table + row * step.columns + skipped, length - skipped,
                                own.weights.get(), floats);
                quantize(gathered, place, floats);
                if (is_last)
                    std::memcpy(end_x_.get() + place * width, x + row * width,
                                width * sizeof(float));
            });
            if (is_last) x = end_x_.get();
            timed(member, [&] {
                multiply(gathered, weight(layer.o, HEADS * HEAD, width), product_.get());
            });
            each(n, 4, [&](int64_t row) {
                kernels_.add_normed(product_.get() + row * width, layer.post_attention_norm, width,
                                    epsilon, x + row * width);
                kernels_.norm(x + row * width, layer.ffn_norm, width, epsilon, floats);
                quantize(normed, row, floats);
            });
            timed(member, [&] {
                multiply_gated(normed, weight(layer.gate_up, width, 2 * sizes_.hidden), hidden,
                               own.numbers.get());
                multiply(hidden, weight(layer.down, sizes_.hidden, width), product_.get());
            });
            const float* next = is_last ? arrays_.norm : layers_[number + 1].attention_norm;
            each(n, 4, [&](int64_t row) {
                kernels_.add_normed(product_.get() + row * width, layer.post_ffn_norm, width,
                                    epsilon, x + row * width);
                kernels_.norm(x + row * width, next, width, epsilon, floats);
                quantize(normed, row, floats);
            });
        }
        if (n > 0) timed(member, [&] { rank(normed, own); });
    }

    // Finds the likeliest tokens, a block of the vocabulary at a time. Logits stay in the cache.
    void rank(const Rows& rows, Scratch& own) {
        const Step& step = *step_;
        const Weight output = weight(arrays_.output, sizes_.width, sizes_.vocabulary);
        const int64_t blocks = (output.out + BLOCK - 1) / BLOCK;
        const int64_t chunk = chunk_tiles(), all = tiles(rows), chunks = (all + chunk - 1) / chunk;
        for (int64_t row = 0; row < rows.n; row++)
            own.best.get()[row] = {own.values.get() + row * step.count,
                                   own.ids.get() + row * step.count, step.count, 0};
        each(chunks * blocks, 1, [&](int64_t task) {
            const int64_t block = task % blocks, first = task / blocks * chunk;
            const int64_t end = std::min(all, first + chunk), start = block * BLOCK;
            const int64_t size = std::min<int64_t>(BLOCK, output.out - start);
            for (int64_t column = 0; column < size; column += PAIR)
                kernels_.multiply(rows, first, end, output, (start + column) / PAIR,
                                  own.numbers.get() + column, BLOCK);
            for (int64_t row = first * kernels_.rows;
                 row < std::min(rows.n, end * kernels_.rows); row++)
                maxima_.get()[row * blocks + block] =
                    kernels_.rank(own.numbers.get() + (row - first * kernels_.rows) * BLOCK, size,
                                  start, own.best.get()[row], sums_.get() + row * blocks + block);
        });
        each(rows.n, 4, [&](int64_t row) { join(row, blocks, own.places.get()); });
    }

    // Joins the best tokens that the members of the team found for a row. A row with a logit of NaN
    // or infinity gets log-probabilities of NaN.
    void join(int64_t row, int64_t blocks, int64_t* next) {
        const Step& step = *step_;
        const float* maxima = maxima_.get() + row * blocks;
        const double* sums = sums_.get() + row * blocks;
        const float max = *std::max_element(maxima, maxima + blocks);
        double total = 0;
        for (int64_t block = 0; block < blocks; block++)
            total += sums[block] * std::exp(static_cast<double>(maxima[block]) - max);
        const double normalizer = max + std::log(total);
        std::fill(next, next + scratch_.size(), 0);
        for (int64_t place = 0; place < step.count; place++) {
            const Best* found = nullptr;
            size_t member = 0;
            for (size_t number = 0; number < scratch_.size(); number++) {
                const Best& best = scratch_[number].best.get()[row];
                const int64_t at = next[number];
                if (at >= best.filled) continue;
                const int64_t other = found ? next[member] : 0;
                if (!found || best.values[at] > found->values[other] ||
                    (best.values[at] == found->values[other] && best.ids[at] < found->ids[other]))
                    found = &best, member = number;
            }
            int64_t* id = step.ids + row * step.count + place;
            float* log_probability = step.log_probabilities + row * step.count + place;
            if (!found || std::isnan(normalizer)) {
                *id = place, *log_probability = NAN;
                continue;
            }
            *id = found->ids[next[member]];
            *log_probability = static_cast<float>(found->values[next[member]] - normalizer);
            next[member]++;
        }
    }

    const Sizes sizes_;
    Arrays arrays_;
    const Kernels& kernels_;
    Team team_;
    const std::vector<LayerArrays> layers_;
    std::vector<Scratch> scratch_;
    const Step* step_ = nullptr;
    double product_seconds_ = 0;
    Buffer<float> x_, end_x_, product_, queries_, maxima_;
    Buffer<double> sums_;
    RowBuffer rows_, gathered_rows_, hidden_rows_;
    Rows normed_{}, gathered_{}, hidden_{};
};

}  // namespace
}  // namespace kabar

#define EXPORT extern "C" __attribute__((visibility("default")))

// Returns the name of the instruction set with this number among those that this processor has, the
// fastest first; null after the last.
EXPORT const char* kabar_instructions(int number) {
    for (const kabar::Kernels* kernels : kabar::ALL)
        if (kernels->is_supported() && number-- == 0) return kernels->name;
    return nullptr;
}

// Returns the bits of the first sums of an instruction set, 16 or 32, for which weights are packed;
// 0 if this processor lacks the set.
EXPORT int kabar_sum_bits(const char* instructions) {
    const kabar::Kernels* kernels = kabar::find(instructions);
    return kernels ? kernels->sum_bits : 0;
}

// Returns a model, or null if the instruction set, memory or threads are lacking. The arrays must
// outlive it.
EXPORT void* kabar_open(const kabar::Sizes* sizes, const kabar::Arrays* arrays,
                        const char* instructions) {
    const kabar::Kernels* kernels = kabar::find(instructions);
    if (!kernels) return nullptr;
    try {
        return new kabar::Model(*sizes, *arrays, *kernels);
    } catch (...) {
        return nullptr;
    }
}

// Returns the seconds that steps spent in products, including the choice of tokens.
EXPORT double kabar_product_seconds(void* model) {
    return static_cast<kabar::Model*>(model)->product_seconds();
}

EXPORT void kabar_close(void* model) { delete static_cast<kabar::Model*>(model); }

// Returns 0, or 1 if memory is lacking; the model is then as before.
EXPORT int kabar_step(void* model, const kabar::Step* step) {
    try {
        static_cast<kabar::Model*>(model)->step(*step);
        return 0;
    } catch (...) {
        return 1;
    }
}

// result [n, out] = x [n, in] weight^T. Returns 0, or 1 if memory is lacking.
EXPORT int kabar_product(void* model, const float* x, int64_t n, const kabar::Packed* weight,
                         int64_t in, int64_t out, float* result) {
    try {
        const kabar::Weight whole{weight->bytes, weight->scales, weight->zeros, in, out};
        static_cast<kabar::Model*>(model)->product(x, n, whole, result);
        return 0;
    } catch (...) {
        return 1;
    }
}
