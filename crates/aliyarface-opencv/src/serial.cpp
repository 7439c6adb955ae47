// OpenCV's own threads are kept out of a frame: it is shared out by the plugin's, and theirs would only wait
// for a processor. `setNumThreads` would change the host's; a region that is open already does not.

#include <opencv2/core/utility.hpp>

extern "C" void aliyarface_opencv_serial(void (*work)(void *), void *data) {
    cv::parallel_for_(cv::Range(0, 1), [=](const cv::Range &) { work(data); });
}
