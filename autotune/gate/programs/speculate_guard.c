/* form: clang. Guards before what may trap or be undefined: executed early, or on the wrong path, it shows. */
#include "program.h"

struct node { struct node *next; int value; };
static int evaluations;

KEEP static int effect(int x) { return evaluations++, x; }
KEEP static int guarded_load(const int *p, int n, int i) { return i >= 0 && i < n ? p[i] : -1; }
KEEP static int guarded_null(const struct node *n) { return n && n->next && n->next->value > 2 ? n->next->value : 0; }
KEEP static int guarded_shift(unsigned x, int n) { return n >= 0 && n < 32 ? (int)(x >> n) : 0; }
KEEP static int guarded_divide(int a, int b) { return b > 0 ? a % b : b < -1 ? a / b : a; }
KEEP static int guarded_overflow(int a) { return a < 2147483647 ? a + 1 > a : 7; }
KEEP static int guarded_index(const signed char *table, unsigned c) { return c < 4 && table[c] > 0 ? table[c] * 10 : (int)c; }
KEEP static int lazily(int a, int b) { return a > 3 ? effect(a) : b > 3 ? effect(b) * 10 : 0; }
KEEP static int chain(const int *p) {
  if (!p) return 1;
  if (p[0] == 0) return 2;
  if (100 / p[0] > 20) return 3;
  if (p[p[0] & 1] == 7) return 4;
  return 5;
}
KEEP static int count_guard(uint32_t x) { return x == 0 ? 32 : __builtin_ctz(x); }
KEEP static int search(const struct node *n, int key) {
  while (n && n->value != key) n = n->next;
  return n ? (n->next ? n->next->value : -2) : -1;
}
KEEP static int loop_guard(const int *a, int n, int skip) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    if (i == skip) continue;
    sum += 60 / a[i]; /* zero only where it is skipped */
  }
  return sum;
}
KEEP static int merged(int c, const int *p) {
  int x = 0;
  if (c) x = *p;
  if (effect(c)) x += *p;
  return x;
}

int main(void) {
  const int v[] = {4, 7, 0, 2};
  const signed char table[] = {5, -1, 0, 7};
  struct node a = {NULL, 9}, b = {&a, 3}, c = {&b, 1};
  for (int i = -1; i < 6; i += 2) out("load", guarded_load(v, in(4), in(i)));
  out("null", guarded_null(NULL) + guarded_null(&a) * 10 + guarded_null(&b) * 100);
  out("shift", guarded_shift(in_u(~0u), in(40)) + guarded_shift(in_u(~0u), in(28)) + guarded_shift(in_u(5), in(-1)));
  out("divide", guarded_divide(in(17), in(0)) * 100 + guarded_divide(in(17), in(5)) * 10 + guarded_divide(in(-2147483647 - 1), in(-1)) / 100000000);
  out("overflow", guarded_overflow(in(2147483647)) * 10 + guarded_overflow(in(5)));
  for (unsigned i = 0; i < 6; i++) out("index", guarded_index(table, in_u(i)));
  out("lazily", lazily(in(5), in(6)) + lazily(in(1), in(6)) + lazily(in(1), in(1)) + evaluations * 1000);
  out("chain", chain(NULL) * 1000 + chain(&v[2]) * 100 + chain(v) * 10 + chain(&v[3] - in(2)));
  out("count", count_guard(in_u(0)) * 100 + count_guard(in_u(48)));
  out("search", search(&c, in(3)) * 100 + search(&c, in(9)) * 10 + search(&c, in(5)));
  out("loop", loop_guard(v, in(4), in(2)));
  out("merged", merged(in(0), NULL) + merged(in(1), v));
}
