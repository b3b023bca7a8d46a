/* Tail calls, with accumulators and with arguments that swap: parameters change all at once. */
#include "program.h"

KEEP static uint64_t gcd(uint64_t a, uint64_t b) { return b == 0 ? a : gcd(b, a % b); }

KEEP static int rotate_three(int a, int b, int c, int n) {
  if (n == 0) return a * 10000 + b * 100 + c;
  return rotate_three(b, c, a + 1, n - 1);
}

KEEP static unsigned factorial(unsigned n) { return n < 2 ? 1 : n * factorial(n - 1); }

KEEP static int add_until(const int *p, const int *end, int total) {
  if (p == end) return total;
  if (*p < 0) return add_until(p + 1, end, total);
  if (*p == 0) return -total;
  return add_until(p + 1, end, total + *p);
}

/* Not a tail call: the local array lives on while the call runs. */
KEEP static int with_local(int *out_of, int n) {
  int mine[2] = {n, n * n};
  if (n == 0) return *out_of;
  int below = with_local(&mine[n & 1], n - 1);
  return below + mine[0] * 3 + mine[1];
}

int main(void) {
  const int values[] = {5, -2, 7, 9, 0, 4};
  int start = 100;
  out("gcd", (long long)gcd(in_u64(1071ull * 9973), in_u64(462ull * 9973)));
  out("rotate", rotate_three(in(1), in(2), in(3), in(7)));
  out("factorial", factorial(in_u(12)));
  out("until", add_until(values, values + in(3), 0));
  out("until", add_until(values, values + in(6), in(1)));
  out("local", with_local(&start, in(5)));
}
