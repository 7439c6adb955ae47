/* Reads the records of aliyarfaceexport (application/x-ndjson) while they come: a line a face and
 * event on standard output.
 *
 * read_export reads standard input, read_export HOST:PORT what a tcpserversink there sends.
 *
 *   cc read_export.c -o read_export $(pkg-config --cflags --libs gio-unix-2.0 json-glib-1.0)
 */
#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <json-glib/json-glib.h>
#include <unistd.h>

static void
print_face (JsonArray *faces, guint index, JsonNode *node, gpointer time)
{
  JsonObject *face = json_node_get_object (node);
  g_print ("%.3f s face %" G_GINT64_FORMAT " pitch %.1f yaw %.1f roll %.1f", *(gdouble *) time,
      json_object_get_int_member (face, "id"), json_object_get_double_member (face, "pitch"),
      json_object_get_double_member (face, "yaw"), json_object_get_double_member (face, "roll"));
  /* Absent where emotions are not read. */
  if (json_object_has_member (face, "emotion"))
    g_print (" %s", json_object_get_string_member (face, "emotion"));
  /* Absent where the head is turned too far. */
  if (json_object_has_member (face, "action-units")) {
    JsonObject *units = json_object_get_object_member (face, "action-units");
    g_print (" AU12 %.1f", json_object_get_double_member (units, "AU12"));
  }
  g_print ("\n");
}

static void
print_event (JsonArray *events, guint index, JsonNode *node, gpointer time)
{
  JsonObject *event = json_node_get_object (node);
  g_print ("%.3f s %s of face %" G_GINT64_FORMAT "\n", *(gdouble *) time,
      json_object_get_string_member (event, "event"),
      json_object_get_int_member (event, "face-id"));
}

static gboolean
print_record (JsonObject *record, GError **error)
{
  const gchar *kind = json_object_get_string_member (record, "record");
  if (g_str_equal (kind, "header")) {
    /* A higher version may mean something else by a name. */
    if (json_object_get_int_member (record, "schema-version") != 1) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "records of another version");
      return FALSE;
    }
    g_print ("source %s\n", json_object_get_string_member_with_default (record, "source", "unknown"));
    return TRUE;
  }
  if (g_str_equal (kind, "end")) {
    g_print ("end after %" G_GINT64_FORMAT " frames\n", json_object_get_int_member (record, "frames"));
    return TRUE;
  }
  gdouble time = json_object_get_int_member_with_default (record, "timestamp", 0) * 1e-9;
  if (json_object_has_member (record, "objects"))
    json_array_foreach_element (json_object_get_array_member (record, "objects"), print_face, &time);
  /* There with select=both and select=events. */
  if (json_object_has_member (record, "events"))
    json_array_foreach_element (json_object_get_array_member (record, "events"), print_event, &time);
  return TRUE;
}

static gboolean
read_all (GInputStream *stream, GError **error)
{
  g_autoptr (GDataInputStream) lines = g_data_input_stream_new (stream);
  g_autoptr (JsonParser) parser = json_parser_new ();
  gsize length;
  gchar *line;
  while ((line = g_data_input_stream_read_line (lines, &length, NULL, error)) != NULL) {
    gboolean read = json_parser_load_from_data (parser, line, length, error)
        && print_record (json_node_get_object (json_parser_get_root (parser)), error);
    g_free (line);
    if (!read)
      return FALSE;
  }
  return *error == NULL;
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GInputStream) stream = NULL;
  if (argc > 1) {
    g_autoptr (GSocketClient) client = g_socket_client_new ();
    connection = g_socket_client_connect_to_host (client, argv[1], 0, NULL, &error);
    if (connection != NULL)
      stream = g_object_ref (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  } else {
    stream = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  }
  if (stream == NULL || !read_all (stream, &error)) {
    g_printerr ("%s\n", error->message);
    return 1;
  }
  return 0;
}
