/* Prints the faces of a video, read from the buffers' AliyarFaceMeta.
 *
 *   cc -o read_meta read_meta.c $(pkg-config --cflags --libs gstreamer-app-1.0)
 *   ./read_meta FILE
 */
#include <gst/app/gstappsink.h>
#include <gst/gst.h>

#define PIPELINE                                                              \
  "filesrc name=file ! decodebin ! videoconvert ! aliyarface "                \
  "! appsink name=reader sync=false"
#define A_MOMENT (100 * GST_MSECOND)

static void print_face(const GstStructure *face) {
  guint id = 0;
  gdouble pitch = 0, yaw = 0, roll = 0, confidence = 0;
  gst_structure_get_uint(face, "id", &id);
  gst_structure_get_double(face, "pitch", &pitch);
  gst_structure_get_double(face, "yaw", &yaw);
  gst_structure_get_double(face, "roll", &roll);
  g_print("face %u", id);

  /* 478 points of three little-endian floats: x and y in fractions of the picture, z in x's unit. */
  const GValue *landmarks = gst_structure_get_value(face, "landmarks");
  if (landmarks != NULL && G_VALUE_HOLDS(landmarks, G_TYPE_BYTES)) {
    gsize size = 0;
    const gfloat *points = g_bytes_get_data(g_value_get_boxed(landmarks), &size);
    if (size >= 2 * 3 * sizeof(gfloat))
      g_print(" nose %.3f,%.3f", points[3], points[4]);
  }
  g_print(" pitch %+.1f yaw %+.1f roll %+.1f", pitch, yaw, roll);
  /* Absent where emotions=false. */
  const gchar *emotion = gst_structure_get_string(face, "emotion");
  if (emotion != NULL && gst_structure_get_double(face, "confidence", &confidence))
    g_print(" %s %.2f", emotion, confidence);
}

static void print_buffer(GstBuffer *buffer) {
  g_print("%.3f s:", (gdouble)GST_BUFFER_PTS(buffer) / GST_SECOND);
  GstCustomMeta *meta = gst_buffer_get_custom_meta(buffer, "AliyarFaceMeta");
  const GValue *faces = NULL;
  if (meta != NULL)
    faces = gst_structure_get_value(gst_custom_meta_get_structure(meta), "faces");
  guint count = faces != NULL ? gst_value_array_get_size(faces) : 0;
  for (guint i = 0; i < count; i++) {
    g_print(i > 0 ? "; " : " ");
    print_face(gst_value_get_structure(gst_value_array_get_value(faces, i)));
  }
  g_print(count > 0 ? "\n" : " no face\n");
}

int main(int argc, char **argv) {
  gst_init(&argc, &argv);
  if (argc != 2) {
    g_printerr("usage: %s FILE\n", argv[0]);
    return 2;
  }
  GError *error = NULL;
  GstElement *pipeline = gst_parse_launch(PIPELINE, &error);
  if (error != NULL) {
    g_printerr("%s\n", error->message);
    g_error_free(error);
    return 1;
  }
  GstElement *file = gst_bin_get_by_name(GST_BIN(pipeline), "file");
  GstElement *reader = gst_bin_get_by_name(GST_BIN(pipeline), "reader");
  g_object_set(file, "location", argv[1], NULL);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);

  GstAppSink *sink = GST_APP_SINK(reader);
  GstBus *bus = gst_element_get_bus(pipeline);
  GstMessage *message = NULL;
  /* After an error no sample comes any more, nor an end: whoever only waited for one would wait for ever. */
  while (message == NULL && !gst_app_sink_is_eos(sink)) {
    GstSample *sample = gst_app_sink_try_pull_sample(sink, A_MOMENT);
    if (sample != NULL) {
      print_buffer(gst_sample_get_buffer(sample));
      gst_sample_unref(sample);
    } else {
      message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
    }
  }
  if (message != NULL) {
    gst_message_parse_error(message, &error, NULL);
    g_printerr("%s\n", error->message);
    g_error_free(error);
    gst_message_unref(message);
  }
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(bus);
  gst_object_unref(file);
  gst_object_unref(reader);
  gst_object_unref(pipeline);
  return message != NULL;
}
