/* Calls through tables of functions: of one signature, of several, with changed entries. */
#include "program.h"

typedef int (*binary)(int, int);
static int add(int a, int b) { return a + b; }
static int subtract(int a, int b) { return a - b; }
static int larger(int a, int b) { return a > b ? a : b; }
static int unused(int a, int b) { return a * 1000 + b; }

static const binary fixed[] = {add, subtract, larger};
static binary changing[] = {add, add, unused};

KEEP static int fold(const binary *table, int n, const int *values, int count) {
  int total = values[0];
  for (int i = 1; i < count; i++) total = table[i % n](total, values[i]);
  return total;
}
KEEP static void replace(int i, binary with) { changing[i] = with; }
KEEP static int apply(binary one, int a) { return one ? one(a, 3) : -1; }

struct shape { int (*area)(const struct shape *); void (*grow)(struct shape *, int); int w, h; };
static int rectangle(const struct shape *s) { return s->w * s->h; }
static int triangle(const struct shape *s) { return s->w * s->h / 2; }
static void wider(struct shape *s, int by) { s->w += by; }
static void swap_kind(struct shape *s, int by) {
  s->h += by;
  s->area = s->area == rectangle ? triangle : rectangle;
}
static int twice(int x) { return 2 * x; }
static int square(int x) { return x * x; }
static int (*compose(int which))(int) { return which ? twice : square; }

int main(void) {
  const int values[] = {4, 9, 2, 7, 7, 1};
  out("fixed", fold(fixed, in(3), values, in(6)));
  out("changing", fold(changing, in(2), values, in(6)));
  replace(in(1), subtract);
  replace(in(0), larger);
  out("changing", fold(changing, in(2), values, in(6)));
  out("apply", apply(in(1) ? larger : NULL, in(2)) * 10 + apply(in(0) ? larger : NULL, in(2)));
  struct shape shapes[2] = {{rectangle, wider, 3, 4}, {triangle, swap_kind, 5, 6}};
  for (int i = 0; i < 4; i++) {
    struct shape *s = &shapes[in(i) & 1];
    s->grow(s, in(i));
    out("area", s->area(s));
  }
  out("compose", compose(in(1))(compose(in(0))(in(5))));
  out("same", (fixed[in(0)] == add) * 2 + (compose(in(0)) == twice));
}
