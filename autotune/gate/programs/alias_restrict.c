/* form: clang. Restrict-qualified pointers whose promises hold, next to pointers without promises. */
#include "program.h"

KEEP static int scale(int *restrict to, const int *restrict from, int n, const int *by) {
  for (int i = 0; i < n; i++) to[i] = from[i] * *by;
  return to[n - 1];
}
KEEP static int read_only(const int *restrict a, const int *restrict b) { return *a + *b; } /* the same: allowed */
KEEP static void plain(int *to, const int *from, int n) {
  for (int i = 0; i < n; i++) to[i] += from[i];
}
static inline void inlined(int *restrict a, int *restrict b) {
  *a += 10;
  *b += 20;
  *a += *b;
}
KEEP static int scopes(int *p, int *q) {
  inlined(p, q);
  int *t = p;
  p = q;
  q = t;
  inlined(p, q); /* the promise is of one call, not of the next */
  plain(q, p, 1);
  return *p * 1000 + *q;
}
KEEP static int disjoint(int *restrict a, int n) {
  int *low = a, *high = a + n; /* both based on a: may meet */
  for (int i = 0; i < n; i++) {
    low[i] = i;
    high[i - 1] = low[i] * 2;
  }
  return a[n - 1] + a[n];
}
struct holder { int *restrict p; int *q; };
KEEP static int held(struct holder *h) {
  *h->p = 1;
  *h->q = 2;
  return *h->p + *h->q;
}

int main(void) {
  int a[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, b[10] = {0}, by = in(3);
  out("scale", scale(b, a, in(10), &by));
  out("scale", scale(b + 5, b, in(5), &a[3]));
  out("read", read_only(a, a + in(0)) + read_only(a, b));
  plain(a + 1, a, in(9));
  out("plain", a[9]);
  int x = 1, y = 2;
  out("scopes", scopes(&x, &y));
  out("disjoint", disjoint(a, in(5)));
  struct holder h = {&x, &y};
  out("held", held(&h));
}
