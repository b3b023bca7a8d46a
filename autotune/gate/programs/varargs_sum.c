/* Variable arguments: integers and numbers mixed, more than fit registers, va_copy, passing on. */
#include <stdarg.h>

#include "program.h"

struct pair { int a, b; };

KEEP static long sum(int count, ...) {
  va_list list;
  long total = 0;
  va_start(list, count);
  for (int i = 0; i < count; i++) total = total * 3 + va_arg(list, int);
  va_end(list);
  return total;
}
KEEP static double by_type(const char *types, ...) {
  va_list list;
  double total = 0;
  va_start(list, types);
  for (; *types; types++) {
    switch (*types) {
      case 'i': total += va_arg(list, int); break;
      case 'l': total += (double)va_arg(list, long); break;
      case 'd': total += va_arg(list, double); break;
      case 's': total += (double)strlen(va_arg(list, const char *)); break;
      case 'p': { struct pair p = va_arg(list, struct pair); total += p.a * 10 + p.b; break; }
    }
    total *= 2;
  }
  va_end(list);
  return total;
}
KEEP static int twice(int count, ...) {
  va_list list, again;
  int high = -1000, above = 0;
  va_start(list, count);
  va_copy(again, list);
  for (int i = 0; i < count; i++) {
    int x = va_arg(list, int);
    if (x > high) high = x;
  }
  va_end(list);
  for (int i = 0; i < count; i++) above += high - va_arg(again, int);
  va_end(again);
  return high * 100 + above;
}
static long of_list(int count, va_list list) {
  long total = 0;
  while (count-- > 0) total = total * 5 + va_arg(list, int);
  return total;
}
KEEP static long pass_on(int count, ...) {
  va_list list;
  va_start(list, count);
  long first = of_list(1, list), rest = of_list(count - 1, list);
  va_end(list);
  return first * 100000 + rest;
}

int main(void) {
  out("sum", sum(in(3), 1, 2, in(3)));
  out("sum", sum(in(11), 1, 2, 3, 4, 5, 6, 7, 8, in(9), 10, 11));
  out("none", sum(in(0)));
  struct pair p = {in(4), 5};
  out_d("types", by_type("idlsp", in(1), 2.5, 3L, "four", p));
  out_d("types", by_type("dddddddddi", 1., 2., 3., 4., 5., 6., 7., 8., in_d(9.), in(10)));
  out("twice", twice(in(4), 3, 9, 2, in(5)));
  out("pass on", pass_on(in(4), in(7), 1, 2, 3));
}
