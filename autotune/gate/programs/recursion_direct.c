/* Direct recursion with state above and below the call: tail calls must not be made of these. */
#include "program.h"

static int depth, deepest;

KEEP static int ackermann(int m, int n) {
  if (++depth > deepest) deepest = depth;
  int result = m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
  depth--;
  return result;
}

KEEP static int digits(unsigned value, char *to) {
  if (value < 10) return to[0] = (char)('0' + value), 1;
  int written = digits(value / 10, to);
  to[written] = (char)('0' + value % 10);
  return written + 1;
}

KEEP static long sum_down(const int *from, int count) {
  if (count <= 0) return 0;
  long here = from[0];
  long rest = sum_down(from + 1, count - 1);
  return rest % 2 ? here - rest : here + 2 * rest;
}

int main(void) {
  char text[16] = {0};
  const int values[] = {3, -1, 4, 1, -5, 9, 2, 6};
  out("ackermann", ackermann(in(2), in(3)));
  out("deepest", deepest);
  out("length", digits(in_u(3141592653u), text));
  printf("%s\n", text);
  out("sum", sum_down(values, in(COUNT(values))));
}
