/* form: clang. Numbers of many words: carries, products, division by a word, decimal output, comparison. */
#include "program.h"

enum { W = 8 };
typedef struct { uint32_t w[W]; } big;

KEEP static uint32_t add(big *a, const big *b) {
  uint64_t carry = 0;
  for (int i = 0; i < W; i++) {
    carry += (uint64_t)a->w[i] + b->w[i];
    a->w[i] = (uint32_t)carry;
    carry >>= 32;
  }
  return (uint32_t)carry;
}
KEEP static uint32_t subtract(big *a, const big *b) {
  uint32_t borrow = 0;
  for (int i = 0; i < W; i++) {
    uint32_t x = a->w[i], y = b->w[i] + borrow;
    borrow = (y < borrow) | (x < y);
    a->w[i] = x - y;
  }
  return borrow;
}
KEEP static big product(big a, big b) {
  big c = {{0}};
  for (int i = 0; i < W; i++) {
    uint64_t carry = 0;
    for (int k = 0; i + k < W; k++) {
      carry += (uint64_t)a.w[i] * b.w[k] + c.w[i + k];
      c.w[i + k] = (uint32_t)carry;
      carry >>= 32;
    }
  }
  return c;
}
KEEP static uint32_t divide(big *a, uint32_t by) {
  uint64_t rest = 0;
  for (int i = W; i-- > 0;) {
    rest = rest << 32 | a->w[i];
    a->w[i] = (uint32_t)(rest / by);
    rest %= by;
  }
  return (uint32_t)rest;
}
KEEP static int compare(const big *a, const big *b) {
  for (int i = W; i-- > 0;)
    if (a->w[i] != b->w[i]) return a->w[i] < b->w[i] ? -1 : 1;
  return 0;
}
KEEP static void shift(big *a, int n) {
  int words = n / 32, bits = n % 32;
  for (int i = W; i-- > 0;) {
    uint64_t x = i >= words ? a->w[i - words] : 0, y = i > words ? a->w[i - words - 1] : 0;
    a->w[i] = (uint32_t)(((x << 32 | y) << bits) >> 32);
  }
}
static void print(big a) {
  static const big zero;
  char digits[80];
  int n = 0;
  do digits[n++] = (char)('0' + divide(&a, 10));
  while (compare(&a, &zero) > 0);
  while (n > 0) putchar(digits[--n]);
  putchar('\n');
}

int main(void) {
  big f = {{in_u(1)}}, g = {{in_u(~0u), in_u(~0u), 5}}, n = {{0}};
  for (uint32_t i = 2; i <= 40; i++) {
    n.w[0] = in_u(i);
    f = product(f, n);
  }
  print(f);
  out("carry", add(&g, &f));
  print(g);
  out("compare", compare(&g, &f) * 100 + compare(&f, &g) * 10 + compare(&f, &f));
  out("borrow", subtract(&f, &g));
  out("rest", divide(&g, in_u(1000000007)));
  shift(&g, in(37));
  print(g);
  shift(&f, in(64));
  out("word", f.w[7] ^ f.w[2]);
}
