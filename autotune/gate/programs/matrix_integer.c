/* form: clang. Matrices: products in several loop orders, transposition in place, determinant, powers. */
#include "program.h"

enum { N = 6 };
typedef int matrix[N][N];

KEEP static void times_ijk(matrix c, matrix a, matrix b, int n) {
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) {
      c[i][j] = 0;
      for (int k = 0; k < n; k++) c[i][j] += a[i][k] * b[k][j];
    }
}
KEEP static void times_kij(matrix c, matrix a, matrix b, int n) {
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) c[i][j] = 0;
  for (int k = 0; k < n; k++)
    for (int i = 0; i < n; i++) {
      int x = a[i][k];
      for (int j = 0; j < n; j++) c[i][j] += x * b[k][j];
    }
}
KEEP static void times_blocked(matrix c, matrix a, matrix b, int n, int block) {
  memset(c, 0, sizeof(matrix));
  for (int jj = 0; jj < n; jj += block)
    for (int kk = 0; kk < n; kk += block)
      for (int i = 0; i < n; i++)
        for (int j = jj; j < n && j < jj + block; j++)
          for (int k = kk; k < n && k < kk + block; k++) c[i][j] += a[i][k] * b[k][j];
}
KEEP static void transpose(matrix m, int n) {
  for (int i = 0; i < n; i++)
    for (int j = i + 1; j < n; j++) {
      int t = m[i][j];
      m[i][j] = m[j][i];
      m[j][i] = t;
    }
}
KEEP static long determinant(matrix m, int n) {
  long a[N][N], previous = 1;
  int sign = 1;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < n; j++) a[i][j] = m[i][j];
  for (int k = 0; k + 1 < n; k++) {
    int p = k;
    while (p < n && a[p][k] == 0) p++;
    if (p == n) return 0;
    if (p != k) {
      for (int j = 0; j < n; j++) {
        long t = a[p][j];
        a[p][j] = a[k][j];
        a[k][j] = t;
      }
      sign = -sign;
    }
    for (int i = k + 1; i < n; i++)
      for (int j = k + 1; j < n; j++) a[i][j] = (a[i][j] * a[k][k] - a[i][k] * a[k][j]) / previous;
    previous = a[k][k];
  }
  return sign * a[n - 1][n - 1];
}
static uint32_t hash_of(matrix m) {
  uint32_t hash = 1;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) hash = mix(hash, (uint32_t)m[i][j]);
  return hash;
}

int main(void) {
  matrix a, b, c;
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) a[i][j] = in((i * 5 + j * 3) % 7 - 3), b[i][j] = in(i == j ? 0 : i - j);
  times_ijk(c, a, b, in(N)), out("ijk", hash_of(c));
  times_kij(c, a, b, in(N)), out("kij", hash_of(c));
  times_blocked(c, a, b, in(N), in(4)), out("blocked", hash_of(c));
  transpose(c, in(N)), out("transposed", hash_of(c));
  out("determinant", determinant(c, in(4)) + determinant(a, in(3)) + determinant(b, in(5)) * 7);
}
