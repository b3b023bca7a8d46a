/* Conditions on numbers turned into selections: which operand wins when they are equal or unordered. */
#include "program.h"

KEEP static double clamp(double x, double low, double high) { return x < low ? low : x > high ? high : x; }
KEEP static int bucket(double x) {
  if (x < 0.25) return 0;
  if (x < 0.5) return 1;
  if (x < 0.75) return 2;
  return x < 1.0 ? 3 : -1;
}
KEEP static int both(double a, double b) { return a < b && b < 10.0; }
KEEP static int ordered(double a, double b) { return a == a && b == b; }
KEEP static int either(double a, double b) { return a < b || a > b; }
KEEP static int same(double a, double b) { return !(a < b) && !(a > b); }
KEEP static double relu(double x) { return x > 0 ? x : 0; }
KEEP static double distance(double a, double b) { return a > b ? a - b : b - a; }
KEEP static int find_max(const double *v, int n) {
  int best = 0;
  for (int i = 1; i < n; i++)
    if (v[i] > v[best]) best = i;
  return best;
}

int main(void) {
  double nan = in_d(0.0) / in_d(0.0);
  const double v[] = {in_d(0.1), in_d(0.9), in_d(-0.0), in_d(0.5), nan, in_d(0.9), in_d(12.0), in_d(0.75)};
  for (int i = 0; i < COUNT(v); i++) {
    out_d("clamp", clamp(v[i], 0.25, 0.8));
    out_d("relu", relu(v[i]));
    double other = v[(i * 3 + 1) % COUNT(v)];
    out_d("distance", distance(v[i], other));
    out("tests", bucket(v[i]) * 100 + both(v[i], other) + ordered(v[i], other) * 2 + either(v[i], other) * 4 +
                     same(v[i], other) * 8);
  }
  out("max", find_max(v, COUNT(v)));
  out("max", find_max(v + 4, 4));
}
