/* form: clang. Nests that may be flattened, interchanged, fused or unrolled and jammed, if dependences allow it. */
#include "program.h"

enum { N = 7, M = 5 };
static int grid[N][M], other[M][N];

KEEP static void fill(int n, int m) {
  for (int i = 0; i < n; i++)
    for (int k = 0; k < m; k++) grid[i][k] = i * m + k * k;
}
/* Carried by the inner loop upwards and by the outer one downwards: no interchange. */
KEEP static void wave(int n, int m) {
  for (int i = 1; i < n; i++)
    for (int k = 0; k < m - 1; k++) grid[i][k] = grid[i - 1][k + 1] * 3 - grid[i][k];
}
KEEP static void turn(int n, int m) {
  for (int k = 0; k < m; k++)
    for (int i = 0; i < n; i++) other[k][i] = grid[i][k];
}
KEEP static int triangle(int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    for (int k = i; k < n; k++) {
      if ((i ^ k) % 3 == 0) continue;
      sum = sum * 2 % 10007 + i * k;
    }
  return sum;
}
KEEP static int columns(int n, int m) {
  int sum = 0;
  for (int k = 0; k < m; k++) {
    int column = 0;
    for (int i = 0; i < n; i++) column += grid[i][k] * (i + 1);
    sum ^= column << k;
  }
  return sum;
}
KEEP static int flat(int *a, unsigned n, unsigned m) {
  int sum = 0;
  for (unsigned i = 0; i < n; i++)
    for (unsigned k = 0; k < m; k++) sum += a[i * m + k] *= 2;
  return sum;
}

int main(void) {
  fill(in(N), in(M));
  wave(in(N), in(M));
  turn(in(N), in(M));
  out("columns", columns(in(N), in(M)));
  out("triangle", triangle(in(9)));
  out("flat", flat(&grid[0][0], in_u(N), in_u(M)) + flat(&other[0][0], in_u(1), in_u(4)));
  uint32_t hash = 1;
  for (int i = 0; i < N; i++)
    for (int k = 0; k < M; k++) hash = mix(mix(hash, (uint32_t)grid[i][k]), (uint32_t)other[k][i]);
  out("hash", hash);
}
