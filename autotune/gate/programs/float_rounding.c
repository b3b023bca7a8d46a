/* Sums in an order that matters, products that must not be fused, divisions that are no products. */
#pragma STDC FP_CONTRACT OFF
#include "program.h"

KEEP static double forward(const double *v, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) sum += v[i];
  return sum;
}
KEEP static double backward(const double *v, int n) {
  double sum = 0;
  while (n-- > 0) sum += v[n];
  return sum;
}
KEEP static double compensated(const double *v, int n) {
  double sum = 0, lost = 0;
  for (int i = 0; i < n; i++) {
    double y = v[i] - lost, t = sum + y;
    lost = (t - sum) - y;
    sum = t;
  }
  return sum;
}
KEEP static double dot(const double *a, const double *b, int n) {
  double sum = 0;
  for (int i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}
KEEP static double tenth(double x) { return x / 10.0; }
KEEP static double associate(double a, double b, double c) { return (a + b) + c - (a + (b + c)); }
KEEP static float narrow(double a, double b) { return (float)a * (float)b; }

int main(void) {
  double v[12], w[12];
  for (int i = 0; i < 12; i++) {
    v[i] = in_d(1.0) / (i * 7 + 3) * (i % 3 ? 1e8 : 1e-8);
    w[i] = in_d(3.0) * i - 1.0 / (i + 1);
  }
  out_d("forward", forward(v, 12));
  out_d("backward", backward(v, 12));
  out_d("compensated", compensated(v, 12));
  out_d("dot", dot(v, w, 12));
  out_d("tenth", tenth(in_d(7.0)));
  out_d("associate", associate(in_d(1e16), in_d(1.0), in_d(1.0)));
  out_f("narrow", narrow(in_d(1.1), in_d(2.3)));
  out_d("twice", in_d(0.1) * 3.0 - 0.3);
}
