/* AES-128 with the S-box computed: arithmetic in a small field, tables, bytes in arrays. */
#include "program.h"

static uint8_t box[256], inverse[256];

static uint8_t twice(uint8_t x) { return (uint8_t)(x << 1 ^ (x & 0x80 ? 0x1b : 0)); }
static uint8_t rotated(uint8_t x, int n) { return (uint8_t)(x << n | x >> (8 - n)); }

KEEP static void make_box(void) {
  uint8_t p = 1, q = 1;
  do {
    p = (uint8_t)(p ^ twice(p));
    q ^= (uint8_t)(q << 1);
    q ^= (uint8_t)(q << 2);
    q ^= (uint8_t)(q << 4);
    if (q & 0x80) q ^= 0x09;
    box[p] = (uint8_t)(q ^ rotated(q, 1) ^ rotated(q, 2) ^ rotated(q, 3) ^ rotated(q, 4) ^ 0x63);
  } while (p != 1);
  box[0] = 0x63;
  for (int i = 0; i < 256; i++) inverse[box[i]] = (uint8_t)i;
}
KEEP static void expand(const uint8_t *key, uint8_t round_keys[176]) {
  memcpy(round_keys, key, 16);
  for (int i = 16, constant = 1; i < 176; i += 4) {
    uint8_t t[4];
    memcpy(t, round_keys + i - 4, 4);
    if (i % 16 == 0) {
      uint8_t first = t[0];
      t[0] = (uint8_t)(box[t[1]] ^ constant);
      t[1] = box[t[2]], t[2] = box[t[3]], t[3] = box[first];
      constant = twice((uint8_t)constant);
    }
    for (int k = 0; k < 4; k++) round_keys[i + k] = round_keys[i + k - 16] ^ t[k];
  }
}
KEEP static void encrypt(uint8_t s[16], const uint8_t *keys) {
  for (int i = 0; i < 16; i++) s[i] ^= keys[i];
  for (int round = 1; round <= 10; round++) {
    uint8_t t[16];
    for (int i = 0; i < 16; i++) t[i] = box[s[(i + i % 4 * 4) % 16]];
    for (int c = 0; c < 16 && round < 10; c += 4) {
      uint8_t all = t[c] ^ t[c + 1] ^ t[c + 2] ^ t[c + 3], first = t[c];
      for (int r = 0; r < 4; r++) t[c + r] ^= all ^ twice(t[c + r] ^ (r < 3 ? t[c + r + 1] : first));
    }
    for (int i = 0; i < 16; i++) s[i] = t[i] ^ keys[round * 16 + i];
  }
}

int main(void) {
  uint8_t key[16], text[16], keys[176];
  for (int i = 0; i < 16; i++) key[i] = (uint8_t)in(i), text[i] = (uint8_t)(in(i) * 17);
  make_box();
  expand(key, keys);
  encrypt(text, keys);
  for (int i = 0; i < 16; i++) printf("%02x", text[i]);
  uint32_t hash = 1;
  for (int i = 0; i < 256; i++) hash = mix(hash, inverse[i]);
  out(" inverse", hash);
}
