/* The same kinds of nests with bounds that are known, on global arrays of two and three dimensions. */
#include "program.h"

static int g[9][9], h[9][9], t[4][4][4];
static long v[6] = {1, 2, 3, 4, 5, 6};

KEEP static void triangle(void) {
  for (int i = 1; i < 9; i++)
    for (int j = 0; j < i && j < 100; j++) g[j][i] += i - j;
}
KEEP static void trapezoid(void) {
  for (int i = 0; i < 5; i++)
    for (int j = i; j < i + 4; j++) g[j][i] = g[j][i] * 2 + 1;
}
KEEP static void anti(void) {
  for (int m = 0; m < 3; m++)
    for (int i = 0; i < 5; i++) v[i] = v[i + 1] + 2;
}
KEEP static void stencil(void) {
  for (int i = 0; i < 8; i++)
    for (int j = 1; j < 9; j++) g[i + 1][j - 1] = g[i][j] + h[j - 1][i];
}
KEEP static void reversed(void) {
  for (int j = 8; j >= 0; j--)
    for (int i = 0; i < 9; i++) h[i][j] = g[i][8 - j] - (i ? h[i - 1][j] : 7);
}
KEEP static void cube(void) {
  for (int i = 0; i < 2; i++)
    for (int j = 1; j < 4; j++)
      for (int k = 1; k < 4; k++) t[2 * i][k][j - 1] -= t[i + 1][k - 1][j] + j;
}
KEEP static int reduction(void) {
  int sum = 0;
  for (int j = 0; j < 9; j++)
    for (int i = 0; i < 9; i++) sum = sum * 5 % 30011 + g[i][j] * h[j][i];
  return sum;
}
KEEP static int early(void) {
  int found = 0;
  for (int j = 0; j < 9; j++) {
    for (int i = 0; i < 9; i++) {
      found += g[i][j] & 3;
      if (found > 40) return i * 9 + j;
    }
  }
  return -found;
}

int main(void) {
  for (int i = 0; i < 81; i++) g[i / 9][i % 9] = in(i * 7 % 11), h[i % 9][i / 9] = in(i * 5 % 13);
  for (int i = 0; i < 64; i++) t[i / 16][i / 4 % 4][i % 4] = in(i);
  triangle();
  out("triangle", reduction());
  trapezoid();
  out("trapezoid", reduction());
  anti();
  out("anti", v[0] * 10000 + v[1] * 100 + v[4]);
  stencil();
  out("stencil", reduction());
  reversed();
  out("reversed", reduction());
  cube();
  uint32_t hash = 1;
  for (int i = 0; i < 64; i++) hash = mix(hash, (uint32_t)t[i / 16][i / 4 % 4][i % 4]);
  out("cube", hash);
  out("early", early());
}
