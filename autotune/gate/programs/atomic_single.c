/* Atomic operations in one thread: every operation, every width, order with plain memory. */
#include <stdatomic.h>

#include "program.h"

static _Atomic int counter = 5;
static atomic_uchar small = 250;
static _Atomic(uint64_t) wide = 1;
static atomic_flag lock = ATOMIC_FLAG_INIT;
static int plain;

KEEP static int operations(int x) {
  int old = atomic_fetch_add(&counter, x);
  old = old * 3 + atomic_fetch_sub_explicit(&counter, 2, memory_order_relaxed);
  old = old * 3 + atomic_fetch_and(&counter, ~4);
  old = old * 3 + atomic_fetch_or(&counter, 64);
  old = old * 3 + atomic_fetch_xor(&counter, x);
  old = old * 3 + atomic_exchange(&counter, x * 2);
  return old + atomic_load(&counter);
}
KEEP static int swap_if(int expected, int wanted) {
  int seen = expected;
  int done = atomic_compare_exchange_strong(&counter, &seen, wanted);
  return done * 10000 + seen;
}
KEEP static uint64_t maximum(uint64_t x) {
  uint64_t seen = atomic_load_explicit(&wide, memory_order_acquire);
  while (seen < x && !atomic_compare_exchange_weak(&wide, &seen, x)) continue;
  return seen;
}
KEEP static int guarded(int x) {
  int tries = 0;
  while (atomic_flag_test_and_set_explicit(&lock, memory_order_acquire) && tries < 3) tries++;
  plain = plain * 2 + x;
  atomic_flag_clear_explicit(&lock, memory_order_release);
  return plain + tries;
}
KEEP static int publish(int x) {
  plain = x;
  atomic_thread_fence(memory_order_release);
  atomic_store_explicit(&counter, 1, memory_order_relaxed);
  plain = x + 1;
  return plain * 10 + atomic_load_explicit(&counter, memory_order_relaxed);
}
KEEP static int wraps(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) sum += small++;
  return sum * 1000 + small;
}

int main(void) {
  out("operations", operations(in(13)));
  out("swap", swap_if(in(26), in(7)) + swap_if(in(26), in(8)));
  out("maximum", (long long)(maximum(in_u64(90)) + maximum(in_u64(50)) * 100 + wide));
  out("guarded", guarded(in(4)) * 100 + guarded(in(5)));
  out("publish", publish(in(3)));
  out("wraps", wraps(in(9)));
}
