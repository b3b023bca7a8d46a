/* form: clang. Pointers whose contents could be passed instead, unused arguments and results, changed in between. */
#include "program.h"

struct config { int width, height; const char *name; };

KEEP static int area(const struct config *c, int unused, int scale) { return c->width * c->height * scale; }
KEEP static int read_after_store(const int *p, int *q) {
  *q = 3; /* may be *p */
  return *p + 1;
}
KEEP static int conditional(const int *p, int c) { return c ? *p : -1; } /* p may be null otherwise */
KEEP static int both(const int *p, const int *q) { return *p * 10 + *q; }
KEEP static int recursive(const int *depth, int n) {
  if (n == 0) return *depth;
  int next = *depth + n;
  return recursive(&next, n - 1) + *depth;
}
KEEP static int result_unused(int *p) {
  *p += 5;
  return *p * 3;
}
KEEP static void result_by_pointer(int x, int *quotient, int *rest) {
  *quotient = x / 7;
  *rest = x % 7;
}
KEEP static int many(int a, int b, int c, int d, int e, int f, int g, int h, int i) { return a + c * 3 + e * 5 + g * 7 + i * 9; }
KEEP static int always_same(int x, int mode) { return mode == 2 ? x * 2 : x * 3; }
static int by_value(struct config c) {
  c.width++;
  return c.width * 100 + c.height;
}
KEEP static int offset(const int *v) { return v[2] - v[-1]; }
KEEP static int only_volatile(volatile int *p) { return *p + *p; }

int main(void) {
  struct config c = {in(3), in(4), "name"};
  out("area", area(&c, in(9), in(2)) + area(&c, 0, 1));
  int x = in(8), y = in(1);
  out("after", read_after_store(&x, &x) * 10 + read_after_store(&x, &y));
  out("conditional", conditional(NULL, in(0)) + conditional(&x, in(1)));
  out("both", both(&x, &y) + both(&x, &x));
  out("recursive", recursive(&y, in(5)));
  result_unused(&x);
  result_unused(&x);
  out("unused", x);
  int q, r;
  result_by_pointer(in(100), &q, &r);
  out("pointer", q * 10 + r);
  result_by_pointer(in(-30), &q, &q);
  out("pointer", q);
  out("many", many(in(1), 2, in(3), 4, in(5), 6, in(7), 8, in(9)));
  out("same", always_same(in(5), 2) + always_same(in(6), 2));
  out("value", by_value(c) * 10 + c.width);
  int v[] = {1, 20, 300, 4000};
  out("offset", offset(v + in(1)));
  out("volatile", only_volatile(&x));
}
