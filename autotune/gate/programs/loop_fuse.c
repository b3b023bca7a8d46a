/* Neighbouring loops over the same arrays: fusing or splitting them is right for some only. */
#include "program.h"

enum { N = 24 };
static int a[N + 4], b[N + 4], c[N + 4];

KEEP static void independent(int n) {
  for (int i = 0; i < n; i++) a[i] = i * 3;
  for (int i = 0; i < n; i++) b[i] = i * i - 7;
}
KEEP static void ahead(int n) {
  for (int i = 0; i < n; i++) a[i] = b[i] + 1;
  for (int i = 0; i < n; i++) c[i] = a[i + 1]; /* of the first loop's next round */
}
KEEP static void behind(int n) {
  for (int i = 1; i < n; i++) a[i] = a[i - 1] + b[i];
  for (int i = 1; i < n; i++) b[i] = a[i] - a[i - 1] * 2;
}
KEEP static int split(int n) {
  int sum = 0;
  for (int i = 2; i < n; i++) {
    a[i] = a[i - 2] ^ i; /* a recurrence */
    c[i] = b[i] * 3 + 1; /* none */
    sum += c[i - 1];
  }
  return sum;
}
KEEP static int between(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) sum += a[i];
  b[3] = sum;
  for (int i = 0; i < n; i++) sum -= b[i];
  return sum;
}
KEEP static int bound(int n, int limit) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    if (i < limit) sum += a[i];
    else sum ^= b[i];
  }
  return sum;
}

int main(void) {
  independent(in(N));
  ahead(in(N - 1));
  behind(in(N));
  out("split", split(in(N)));
  out("between", between(in(N)));
  for (int limit = -1; limit <= N + 1; limit += 13) out("bound", bound(in(N), in(limit)));
  uint32_t hash = 1;
  for (int i = 0; i < N; i++) hash = mix(mix(mix(hash, (uint32_t)a[i]), (uint32_t)b[i]), (uint32_t)c[i]);
  out("hash", hash);
}
