/* Looks names up by getaddrinfo, each in a process of its own, all at once: prints `NAME found ADDRESS` for each
   address, or `NAME error EAI_...`. */
#define _GNU_SOURCE
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *spelled(int error) {
    switch (error) {
    case EAI_AGAIN: return "EAI_AGAIN";
    case EAI_FAIL: return "EAI_FAIL";
    case EAI_NODATA: return "EAI_NODATA";
    case EAI_NONAME: return "EAI_NONAME";
    case EAI_SYSTEM: return "EAI_SYSTEM";
    }
    return gai_strerror(error);
}

static void look_up(const char *name) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    char text[64];
    int error = getaddrinfo(name, NULL, &hints, &found);
    if (error) printf("%s error %s\n", name, spelled(error));
    for (; found; found = found->ai_next) {
        getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST);
        printf("%s found %s\n", name, text);
    }
    fflush(stdout);
}

int main(int count, char **words) {
    for (int at = 1; at < count; at++) {
        if (!fork()) {
            look_up(words[at]);
            _exit(0);
        }
    }
    while (wait(NULL) > 0) {
    }
    return 0;
}
