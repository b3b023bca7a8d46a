/* form: clang. Results remembered in static tables, and functions that look pure but remember. */
#include "program.h"

static int misses;

KEEP static uint32_t partitions(int n, int most) {
  static uint32_t known[20][20];
  if (n == 0) return 1;
  if (n < 0 || most == 0) return 0;
  if (known[n][most] == 0) {
    misses++;
    known[n][most] = 1 + partitions(n, most - 1) + partitions(n - most, most);
  }
  return known[n][most] - 1;
}
KEEP static int distance(const char *a, const char *b) {
  static signed char table[12][12];
  int n = (int)strlen(a), m = (int)strlen(b);
  for (int i = 0; i <= n; i++)
    for (int k = 0; k <= m; k++) {
      if (i == 0 || k == 0) {
        table[i][k] = (signed char)(i + k);
        continue;
      }
      int best = table[i - 1][k - 1] + (a[i - 1] != b[k - 1]);
      if (table[i - 1][k] + 1 < best) best = table[i - 1][k] + 1;
      if (table[i][k - 1] + 1 < best) best = table[i][k - 1] + 1;
      table[i][k] = (signed char)best;
    }
  return table[n][m];
}
KEEP static int last_time(int x) {
  static int previous = -1;
  int result = previous;
  previous = x;
  return result;
}
KEEP static const char *buffer(int x) {
  static char text[2][8];
  static int which;
  which ^= 1;
  snprintf(text[which], sizeof text[which], "<%d>", x);
  return text[which];
}
KEEP static int knapsack(const int *weights, const int *values, int n, int room) {
  int best[32] = {0};
  for (int i = 0; i < n; i++)
    for (int r = room; r >= weights[i]; r--)
      if (best[r - weights[i]] + values[i] > best[r]) best[r] = best[r - weights[i]] + values[i];
  return best[room];
}

int main(void) {
  const int weights[] = {3, 4, 5, 9, 14}, values[] = {3, 4, 4, 10, 15};
  out("partitions", partitions(in(12), in(12)));
  out("partitions", partitions(in(12), in(5)));
  out("misses", misses);
  out("distance", distance("kitten", &"xsitting"[in(1)]) * 10 + distance("", "abc"));
  out("last", last_time(in(4)) * 100 + last_time(in(5)) * 10 + last_time(in(6)));
  printf("%s %s\n", buffer(in(12)), buffer(in(-3)));
  out("knapsack", knapsack(weights, values, in(5), in(20)));
}
