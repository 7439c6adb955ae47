// What the operations and the plugin share.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>

#include <opencv2/core.hpp>

extern "C" {

// Why a call failed: one line of UTF-8, zero-terminated.
struct Failure {
    char message[256];
};

// Pixels of 8 bits a channel; bytes from one row to the next.
struct Image {
    uint8_t *data;
    int32_t width;
    int32_t height;
    int32_t channels;
    size_t stride;
};
}

// A header of OpenCV over the pixels of an image.
inline cv::Mat view(const Image *image) {
    return cv::Mat(image->height, image->width, CV_8UC(image->channels), image->data, image->stride);
}

// Runs `work` and writes why it failed; no exception leaves it.
template <typename Work> bool guarded(Failure *failure, Work work) {
    try {
        work();
        return true;
    } catch (const std::exception &error) {
        const char *text = error.what();
        const size_t line = std::min(std::strcspn(text, "\n"), sizeof failure->message - 1);
        std::memset(failure->message, 0, sizeof failure->message);
        std::memcpy(failure->message, text, line);
    } catch (...) {
        std::strcpy(failure->message, "OpenCV broke down");
    }
    return false;
}
