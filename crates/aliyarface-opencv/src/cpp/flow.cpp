// DIS optical flow (Kroeger et al. 2016).

#include "interface.h"

#include <opencv2/core/utility.hpp>
#include <opencv2/video/tracking.hpp>

using Finder = cv::Ptr<cv::DISOpticalFlow>;

extern "C" {

Finder *opencv_flow_new(int32_t finest, Failure *failure) {
    Finder *made = nullptr;
    guarded(failure, [&] {
        Finder finder = cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_FAST);
        finder->setFinestScale(finest);
        made = new Finder(finder);
    });
    return made;
}

bool opencv_flow_find(Finder *finder, const Image *from, const Image *to, int32_t refinements, bool warm,
                      float (*field)[2], Failure *failure) {
    return guarded(failure, [=] {
        (*finder)->setVariationalRefinementIterations(refinements);
        (*finder)->setUseSpatialPropagation(refinements > 0);
        cv::Mat flow;
        if (warm) {
            flow = cv::Mat(from->height, from->width, CV_32FC2, field);
        }
        // OpenCV's own threads are kept out of a frame: it is shared out by the plugin's, and theirs would only wait
        // for a processor. `setNumThreads` would change the host's; inside of a parallel region no further one opens.
        cv::parallel_for_(cv::Range(0, 1), [&](const cv::Range &) { (*finder)->calc(view(from), view(to), flow); });
        // OpenCV writes where it read, or into memory of its own.
        if (flow.data != reinterpret_cast<uint8_t *>(field)) {
            std::memcpy(field, flow.data, flow.total() * flow.elemSize());
        }
    });
}

void opencv_flow_free(Finder *finder) { delete finder; }
}
