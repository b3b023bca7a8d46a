/* form: clang. Stores and loads of globals around calls that do or do not touch them. */
#include "program.h"

static int a = 1, b = 2, *pointer = &a;
int visible = 5; /* anyone may change it */

KEEP static void set_a(int x) { a = x; }
KEEP static int get_b(void) { return b; }
KEEP static void through(int x) { *pointer = x; }
KEEP static int pure_sum(int x) { return x * x + 1; }

KEEP static int sequence(int x) {
  a = 10;
  int one = a + get_b();
  set_a(x);
  int two = a;
  b = two;
  through(77);
  int three = a * 1000 + b;
  pointer = &b;
  through(88);
  return one + two * 3 + three + b;
}
KEEP static int dead_store(int x) {
  a = 1;
  if (x) return a;
  a = 2;
  b = a;
  a = 3;
  return b;
}
KEEP static int printed(int x) {
  visible = x;
  printf("now %d\n", visible);
  visible = visible + 1;
  return pure_sum(visible) - pure_sum(x);
}
KEEP static int cached(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    sum += visible;
    if (i == 2) pointer = &visible;
    *pointer = i;
  }
  return sum;
}

int main(void) {
  out("sequence", sequence(in(6)));
  out("a", a * 1000 + b);
  out("dead", dead_store(in(1)) * 100 + a);
  out("dead", dead_store(in(0)) * 100 + a * 10 + b);
  out("printed", printed(in(20)));
  out("cached", cached(in(6)));
  out("end", visible * 100 + a + b);
}
