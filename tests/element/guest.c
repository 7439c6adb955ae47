/* A host program: guest [ACTION...] PIPELINE. Actions in their order, before GStreamer starts:
   global=FILE opens a library for everybody, mdwe forbids executable memory, scan shows what a scan of plugins
   mapped, after=FILE:SYMBOL opens a library when the pipeline has ended and calls its function. */
#include <dlfcn.h>
#include <gst/gst.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static void fail(const char *what) {
    printf("failed: %s\n", what);
    exit(1);
}

static void show_maps(void) {
    char line[4096];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (fgets(line, sizeof line, maps))
        if (strstr(line, "r-xp") && strchr(line, '/')) printf("mapped %s", strchr(line, '/'));
    fclose(maps);
}

int main(int count, char **words) {
    const char *after = NULL;
    int scan = 0;
    for (int index = 1; index < count - 1; index++) {
        if (!strncmp(words[index], "global=", 7)) {
            if (!dlopen(words[index] + 7, RTLD_NOW | RTLD_GLOBAL)) fail(dlerror());
        } else if (!strcmp(words[index], "mdwe")) {
            if (prctl(65 /* PR_SET_MDWE */, 1, 0, 0, 0)) { puts("no mdwe"); return 77; }
        } else if (!strncmp(words[index], "after=", 6)) {
            after = words[index] + 6;
        } else if (!strcmp(words[index], "scan")) {
            scan = 1;
        }
    }
    gst_init(NULL, NULL);
    if (scan) { show_maps(); return 0; }
    GError *error = NULL;
    GstElement *pipeline = gst_parse_launch(words[count - 1], &error);
    if (error) fail(error->message);
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    GstBus *bus = gst_element_get_bus(pipeline);
    GstMessage *message = gst_bus_timed_pop_filtered(bus, 120 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    if (!message) fail("it hangs");
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
        gst_message_parse_error(message, &error, NULL);
        fail(error->message);
    }
    if (after) {
        char file[4096];
        strcpy(file, after);
        char *symbol = strrchr(file, ':');
        *symbol++ = 0;
        void *library = dlopen(file, RTLD_NOW | RTLD_GLOBAL);
        if (!library) fail(dlerror());
        int (*function)(void) = dlsym(library, symbol);
        printf("after %d\n", function());
    }
    gst_element_set_state(pipeline, GST_STATE_NULL);
    puts("ended");
    return 0;
}
