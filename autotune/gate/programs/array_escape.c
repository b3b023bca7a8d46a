/* form: clang. Local arrays whose address leaves the function for a while: through calls, globals, themselves. */
#include "program.h"

static int *shared;
static int noise;

KEEP static void publish(int *p) { shared = p; }
KEEP static void poke(int i, int value) {
  if (shared) shared[i] = value;
}
KEEP static int after_publish(int n) {
  int local[4] = {1, 2, 3, 4};
  publish(local);
  int before = local[2];
  poke(2, n);
  int after = local[2]; /* changed by poke */
  publish(NULL);
  poke(2, 1000);
  return before * 10000 + after * 100 + local[2];
}
KEEP static int before_publish(int n) {
  int local[2] = {n, n + 1};
  poke(0, 77); /* not ours yet */
  int sum = local[0] + local[1];
  publish(&noise);
  poke(0, sum);
  return sum + noise;
}
struct cell { struct cell *next; int value; };
KEEP static int ring(int n) {
  struct cell a, b, c;
  a = (struct cell){&b, 1};
  b = (struct cell){&c, 2};
  c = (struct cell){&a, 3};
  struct cell *at = &a;
  int sum = 0;
  for (int i = 0; i < n; i++, at = at->next) {
    sum = sum * 2 + at->value;
    at->next->value += i;
  }
  return sum;
}
KEEP static int indirect(int which) {
  int x = 5, y = 6;
  int *p[2] = {&x, &y}, **q = &p[which];
  **q = 50;
  *q = &x;
  *p[1] += 3;
  return x * 100 + y;
}
KEEP static int sum_of(const int *from, const int *to) {
  int sum = 0;
  while (from < to) sum += *from++;
  return sum;
}
KEEP static int window(int n) {
  int local[10];
  for (int i = 0; i < 10; i++) local[i] = i * i;
  int *mid = local + n;
  mid[-1] = 100;
  mid[1] = 200;
  return sum_of(local, mid) * 1000 + sum_of(mid, local + 10);
}

int main(void) {
  out("after", after_publish(in(55)));
  out("before", before_publish(in(9)));
  out("ring", ring(in(7)));
  out("indirect", indirect(in(0)) * 10000 + indirect(in(1)));
  out("window", window(in(4)));
  shared = NULL;
}
