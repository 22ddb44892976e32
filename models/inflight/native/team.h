// A team of threads that compute a step together.
//
// Every member runs the same function. Members claim tasks of a phase until none is left, and wait
// for each other at a barrier before the next phase. First they wait actively, since a phase takes
// microseconds. Then they yield their core, since other processes may need it.

#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace kabar {

class Team {
  public:
    explicit Team(int size) : size_(size) {
        try {
            for (int number = 1; number < size; number++)
                threads_.emplace_back([this, number] { serve(number); });
        } catch (...) {
            stop();
            throw;
        }
    }
    ~Team() { stop(); }
    Team(const Team&) = delete;
    Team& operator=(const Team&) = delete;

    int size() const { return size_; }

    // Calls `work(context, member)` in every member, and returns when all calls have ended.
    void run(void (*work)(void*, int), void* context) {
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            work_ = work, context_ = context;
            started_.fetch_add(1, std::memory_order_release);
        }
        if (size_ > 1) wake_.notify_all();
        work(context, 0);
        barrier();
    }

    // Claims `count` tasks of this phase, and returns the number of the first.
    int64_t claim(int64_t count) { return next_.fetch_add(count, std::memory_order_relaxed); }

    // Waits for all members, and begins the next phase.
    void barrier() {
        const uint32_t phase = phase_.load(std::memory_order_relaxed);
        if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == size_) {
            arrived_.store(0, std::memory_order_relaxed);
            next_.store(0, std::memory_order_relaxed);
            phase_.fetch_add(1, std::memory_order_release);
            return;
        }
        wait([&] { return phase_.load(std::memory_order_acquire) != phase; });
    }

  private:
    static void relax() {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#elif defined(__aarch64__)
        asm volatile("yield");
#endif
    }

    // About 50 microseconds of active waiting.
    static constexpr int SPINS = 1000;

    template <typename Condition>
    static void wait(Condition is_met) {
        for (int spin = 0; !is_met(); spin++)
            if (spin < SPINS)
                relax();
            else
                std::this_thread::yield();
    }

    void serve(int number) {
        uint64_t done = 0;
        for (;;) {
            for (int spin = 0; spin < SPINS && started_.load(std::memory_order_acquire) == done;
                 spin++)
                relax();
            {
                std::unique_lock<std::mutex> lock(mutex_);
                wake_.wait(lock, [&] { return started_.load() != done; });
                done = started_.load();
                if (stopping_) return;
            }
            work_(context_, number);
            barrier();
        }
    }

    void stop() {
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            stopping_ = true;
            started_.fetch_add(1);
        }
        wake_.notify_all();
        for (std::thread& thread : threads_) thread.join();
    }

    const int size_;
    std::vector<std::thread> threads_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::atomic<uint64_t> started_{0};
    bool stopping_ = false;
    void (*work_)(void*, int) = nullptr;
    void* context_ = nullptr;
    alignas(64) std::atomic<int64_t> next_{0};
    alignas(64) std::atomic<int> arrived_{0};
    alignas(64) std::atomic<uint32_t> phase_{0};
};

}  // namespace kabar
