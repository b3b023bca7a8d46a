/* form: clang. Calls of the string library whose results are folded, merged, or turned into other calls. */
#include "program.h"

KEEP static int equal(const char *a, const char *b) { return strcmp(a, b) == 0; }
KEEP static int starts(const char *a, const char *b) { return strncmp(a, b, strlen(b)) == 0; }
KEEP static int order(const char *a, const char *b) {
  int c = strcmp(a, b);
  return (c > 0) - (c < 0);
}
KEEP static long at(const char *s, int c) {
  const char *p = strchr(s, c);
  return p ? p - s : -1;
}
KEEP static long last(const char *s, int c) {
  const char *p = strrchr(s, c);
  return p ? p - s : -1;
}
KEEP static int split(char *text) {
  int words = 0;
  for (char *rest = text; (rest = rest + strspn(rest, " ,")), *rest; words++) {
    size_t length = strcspn(rest, " ,");
    rest[0] = (char)(rest[0] - 32);
    rest += length;
  }
  return words;
}
KEEP static char *join(char *to, const char *a, const char *b) {
  strcpy(to, a);
  strcat(to, "/");
  return strcat(to, b);
}
KEEP static size_t lengths(const char *a) { return strlen(a) * 100 + strlen("fixed") + (strlen(a) == 0) * 7; }

int main(void) {
  char text[] = "one, two three,,four", buffer[32], numbers[32];
  out("equal", equal("abc", &"xabc"[in(1)]) * 10 + equal("abc", "abd"));
  out("starts", starts("prefix-x", "prefix") * 100 + starts("pre", "prefix") * 10 + starts("x", ""));
  out("order", order("a", "b") * 100 + order("b", "a") * 10 + order("\xff", "a"));
  out("at", at("hello", in('l')) * 100 + at("hello", in('z')) * 10 + at("hello", in(0)));
  out("last", last("hello", in('l')));
  out("words", split(text));
  printf("%s\n", text);
  printf("%s\n", join(buffer, "left", &"right"[in(0)]));
  out("lengths", (long long)lengths(buffer) + (long long)lengths(&buffer[in(10)]));
  out("sprintf", sprintf(numbers, "%d-%s-%c", in(17), "x", in('c')) * 1000 + (int)strlen(numbers));
  out("snprintf", snprintf(numbers, 5, "%s", buffer));
  printf("%s %s\n", numbers, strstr(buffer, "ri"));
  out("number", strtol(" -0x1fz", NULL, in(16)) + atoi(&"a123b"[in(1)]));
  out("copy", (long long)(strncpy(buffer, "abc", 6) - buffer) + buffer[3] + buffer[5] + buffer[6]);
  out("memchr", (char *)memchr("a\0b", 'b', (size_t)in(3)) != NULL);
}
