/* Loops whose counter is a floating-point number, and whose trip count only rounding decides. */
#include "program.h"

KEEP static int tenths(double limit) {
  int trips = 0;
  for (double x = 0; x != limit && trips < 30; x += 0.1) trips++;
  return trips;
}
KEEP static int halves(double x) {
  int trips = 0;
  while (x > 0) x *= 0.5, trips++;
  return trips;
}
KEEP static double walk(double x, int *trips) {
  *trips = 0;
  for (float f = 0; f < 1.0f; f += 0.0625f) {
    x = x * 1.5 - f;
    ++*trips;
    if (x > 100.0) break;
  }
  return x;
}
KEEP static int never(double nan) {
  int trips = 0;
  for (double x = nan; !(x < 10); x += 1)
    if (++trips == 7) break;
  return trips;
}
KEEP static int mandelbrot(double cr, double ci) {
  double r = 0, i = 0;
  int n = 0;
  for (; n < 50 && r * r + i * i < 4; n++) {
    double t = r * r - i * i + cr;
    i = 2 * r * i + ci;
    r = t;
  }
  return n;
}

int main(void) {
  int trips;
  uint32_t hash = 1;
  out("tenths", tenths(in_d(1.0)));
  out("tenths", tenths(in_d(0.5)));
  out("halves", halves(in_d(1.0)));
  out_d("walk", walk(in_d(3.0), &trips));
  out("trips", trips);
  out("never", never(in_d(0.0) / in_d(0.0)));
  for (int y = 0; y < 6; y++)
    for (int x = 0; x < 8; x++) hash = mix(hash, (uint32_t)mandelbrot(in(x) * 0.3 - 1.7, in(y) * 0.4 - 1.0));
  out("mandelbrot", hash);
}
