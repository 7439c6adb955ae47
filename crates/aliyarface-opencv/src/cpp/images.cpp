// Operations on images and small matrices.

#include "interface.h"

#include <opencv2/imgproc.hpp>

extern "C" {

bool opencv_warp(const Image *from, const double (*matrix)[2][3], bool replicate, double outside, Image *to,
                 Failure *failure) {
    return guarded(failure, [=] {
        const cv::Mat inverse(2, 3, CV_64F, const_cast<double (*)[2][3]>(matrix));
        cv::Mat result = view(to);
        cv::warpAffine(view(from), result, inverse, result.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                       replicate ? cv::BORDER_REPLICATE : cv::BORDER_CONSTANT, cv::Scalar::all(outside));
    });
}

bool opencv_resize(const Image *from, bool area, Image *to, Failure *failure) {
    return guarded(failure, [=] {
        cv::Mat result = view(to);
        cv::resize(view(from), result, result.size(), 0, 0, area ? cv::INTER_AREA : cv::INTER_LINEAR);
    });
}

bool opencv_transform(const Image *from, const float *matrix, Image *to, Failure *failure) {
    return guarded(failure, [=] {
        cv::Mat result = view(to);
        cv::transform(view(from), result, cv::Mat(3, from->channels + 1, CV_32F, const_cast<float *>(matrix)));
    });
}

bool opencv_grey(const Image *from, Image *to, Failure *failure) {
    return guarded(failure, [=] {
        cv::Mat result = view(to);
        cv::cvtColor(view(from), result, cv::COLOR_RGB2GRAY);
    });
}

bool opencv_scale(const Image *from, double gain, double offset, Image *to, Failure *failure) {
    return guarded(failure, [=] {
        cv::Mat result = view(to);
        view(from).convertTo(result, CV_8U, gain, offset);
    });
}

bool opencv_derivatives(const Image *from, float *across, float *down, float *laplacian, Failure *failure) {
    return guarded(failure, [=] {
        cv::Mat floats, smooth;
        view(from).convertTo(floats, CV_32F);
        cv::GaussianBlur(floats, smooth, cv::Size(), 1);
        const auto result = [=](float *to) { return cv::Mat(from->height, from->width, CV_32F, to); };
        cv::Mat x = result(across), y = result(down), both = result(laplacian);
        cv::Sobel(smooth, x, CV_32F, 1, 0);
        cv::Sobel(smooth, y, CV_32F, 0, 1);
        cv::Laplacian(smooth, both, CV_32F);
    });
}

bool opencv_mean_and_deviation(const Image *from, double (*to)[2], Failure *failure) {
    return guarded(failure, [=] {
        cv::Scalar mean, deviation;
        cv::meanStdDev(view(from), mean, deviation);
        (*to)[0] = mean[0];
        (*to)[1] = deviation[0];
    });
}

bool opencv_eigenvector(const double (*matrix)[4][4], double (*to)[4], Failure *failure) {
    return guarded(failure, [=] {
        cv::Mat values, vectors;
        cv::eigen(cv::Mat(4, 4, CV_64F, const_cast<double (*)[4][4]>(matrix)), values, vectors);
        std::memcpy(*to, vectors.ptr<double>(0), sizeof *to);
    });
}
}
