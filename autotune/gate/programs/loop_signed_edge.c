/* Signed loops at the edges of their type, where one more step would overflow. */
#include <limits.h>

#include "program.h"

KEEP static int to_max(int from) {
  int trips = 0;
  for (int i = from;; i++) {
    trips++;
    if (i == INT_MAX) break;
  }
  return trips;
}
KEEP static int to_min(int from, int step) {
  int trips = 0;
  int i = from;
  while (i >= INT_MIN + step) {
    i -= step;
    trips++;
  }
  return trips * 100 + (i - INT_MIN);
}
KEEP static long strides(long from, long to, long step) {
  long sum = 0;
  for (long i = from; step > 0 ? i < to : i > to; i += step) sum = sum * 7 + i;
  return sum % 1000003;
}
KEEP static int never(int from, int to) {
  int trips = 0;
  for (int i = from; i < to; i += 4) trips += i;
  return trips;
}
KEEP static int once(int n) {
  int trips = 0;
  do trips++;
  while (--n > 0);
  return trips;
}
KEEP static int middle(int low, int high) {
  int trips = 0;
  while (low < high) {
    int at = low + (int)(((unsigned)high - (unsigned)low) / 2);
    trips++;
    if (at % 3) low = at + 1;
    else high = at;
  }
  return low ^ trips;
}

int main(void) {
  out("max", to_max(in(INT_MAX - 9)));
  out("min", to_min(in(INT_MIN + 50), in(7)));
  out("strides", strides(in(-5), in(40), in(7)));
  out("strides", strides(in(40), in(-5), in(-6)));
  out("never", never(in(5), in(5)) + never(in(INT_MAX - 2), in(INT_MIN)));
  out("once", once(in(0)) * 10 + once(in(4)));
  out("middle", middle(in(INT_MIN), in(INT_MAX)));
}
