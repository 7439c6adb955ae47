/* A host program: guest [ACTION...] PIPELINE. Actions in their order, before GStreamer starts:
   global=FILE opens a library for everybody, mdwe forbids executable memory, scan shows what a scan of plugins
   mapped, after=FILE:SYMBOL opens a library when the pipeline has ended and calls its function, resident says how much
   memory the process held at most, exit=COUNT exits while the pipeline plays, once so many pictures left "reader". */
#include <dlfcn.h>
#include <gst/gst.h>
#include <stdio.h>
#include <stdlib.h>
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

static void show_resident(void) {
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, status))
        if (!strncmp(line, "VmHWM:", 6)) printf("resident %ld kB\n", atol(line + 6));
    fclose(status);
}

static int passed;

static GstPadProbeReturn count_picture(GstPad *pad, GstPadProbeInfo *info, gpointer data) {
    g_atomic_int_inc(&passed);
    return GST_PAD_PROBE_OK;
}

static void exit_after(GstElement *pipeline, int pictures) {
    for (int waits = 0; waits < 60000 && g_atomic_int_get(&passed) < pictures; waits++) g_usleep(1000);
    puts(g_atomic_int_get(&passed) < pictures ? "failed: it hangs" : "exits");
    fflush(stdout);
    exit(0);
}

int main(int count, char **words) {
    const char *after = NULL;
    int scan = 0, resident = 0, exits = 0;
    for (int index = 1; index < count - 1; index++) {
        if (!strncmp(words[index], "global=", 7)) {
            if (!dlopen(words[index] + 7, RTLD_NOW | RTLD_GLOBAL)) fail(dlerror());
        } else if (!strcmp(words[index], "mdwe")) {
            if (prctl(65 /* PR_SET_MDWE */, 1, 0, 0, 0)) { puts("no mdwe"); return 77; }
        } else if (!strncmp(words[index], "after=", 6)) {
            after = words[index] + 6;
        } else if (!strcmp(words[index], "scan")) {
            scan = 1;
        } else if (!strcmp(words[index], "resident")) {
            resident = 1;
        } else if (!strncmp(words[index], "exit=", 5)) {
            exits = atoi(words[index] + 5);
        }
    }
    gst_init(NULL, NULL);
    if (scan) { show_maps(); return 0; }
    GError *error = NULL;
    GstElement *pipeline = gst_parse_launch(words[count - 1], &error);
    if (error) fail(error->message);
    if (exits) {
        GstElement *reader = gst_bin_get_by_name(GST_BIN(pipeline), "reader");
        GstPad *pad = gst_element_get_static_pad(reader, "src");
        gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, count_picture, NULL, NULL);
    }
    gst_element_set_state(pipeline, GST_STATE_PLAYING);
    if (exits) exit_after(pipeline, exits);
    GstBus *bus = gst_element_get_bus(pipeline);
    GstMessage *message = gst_bus_timed_pop_filtered(bus, 120 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
    if (!message) fail("it hangs");
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
        gst_message_parse_error(message, &error, NULL);
        fail(error->message);
    }
    if (resident) show_resident();
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
