/* form: clang. Loops that vectorizers like: reductions, strides, conditions, short trip counts, dependences. */
#include "program.h"

KEEP static int dot(const short *a, const short *b, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) sum += a[i] * b[i];
  return sum;
}
KEEP static void saxpy(float *restrict y, const float *restrict x, float a, int n) {
  for (int i = 0; i < n; i++) y[i] += a * x[i];
}
KEEP static void shift_by(int *a, int n, int distance) {
  for (int i = 0; i + distance < n; i++) a[i + distance] = a[i] + 1; /* carried over the distance */
}
KEEP static int extremes(const int *a, int n) {
  int low = a[0], high = a[0], at = 0;
  for (int i = 1; i < n; i++) {
    if (a[i] < low) low = a[i];
    if (a[i] >= high) high = a[i], at = i;
  }
  return low * 10000 + high * 100 + at;
}
KEEP static int masked(const int *a, int *b, int n) {
  int stored = 0;
  for (int i = 0; i < n; i++)
    if (a[i] > 4) b[i] = a[i] * a[i], stored++;
  return stored;
}
KEEP static unsigned saturate(const uint8_t *a, const uint8_t *b, uint8_t *to, int n) {
  unsigned over = 0;
  for (int i = 0; i < n; i++) {
    unsigned sum = a[i] + b[i];
    to[i] = (uint8_t)(sum > 255 ? 255 : sum);
    over |= sum & 256;
  }
  return over;
}
KEEP static void pairs(int *to, const int *from, int n) {
  for (int i = 0; i < n; i++) {
    to[2 * i] = from[i] - 1;
    to[2 * i + 1] = from[n - 1 - i] * 2;
  }
}

int main(void) {
  short a[19], b[19];
  int w[19], t[38] = {0};
  float x[19], y[19];
  uint8_t p[19], q[19], s[19];
  for (int i = 0; i < 19; i++) {
    a[i] = (short)(i * 1001 - 9000), b[i] = (short)(i * i - 50), w[i] = (i * 7 + 3) % 12;
    x[i] = (float)i / 3, y[i] = 1.0f - (float)i, p[i] = (uint8_t)(i * 13), q[i] = (uint8_t)(i * 9);
  }
  out("dot", dot(a, b, in(19)) + dot(a, b, in(3)));
  saxpy(y, x, in_f(1.5f), in(19));
  out_f("saxpy", y[7] + y[18]);
  out("extremes", extremes(w, in(19)));
  out("masked", masked(w, t, in(19)));
  out("over", saturate(p, q, s, in(19)));
  uint32_t hash = 1;
  for (int i = 0; i < 19; i++) hash = mix(hash, (uint32_t)t[i] * 256 + s[i]);
  pairs(t, w, in(19));
  for (int distance = 1; distance < 6; distance++) shift_by(w, in(19), in(distance));
  for (int i = 0; i < 19; i++) hash = mix(hash, (uint32_t)(w[i] + t[i] * 64 + t[37 - i] * 4096));
  out("hash", hash);
}
