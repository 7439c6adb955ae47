//! The emotion stage in the element: one batch a frame, and networks of the user's own.

use crate::support::scripts;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{Host, Still, faces, init, model, only_face, scratch};
use gst::prelude::*;
use tch::{Kind, Tensor};

/// The bundled weights, but with class `winner` far ahead of all others, under `name`.
fn weights(folder: &Path, name: &str, winner: i64) -> PathBuf {
    let mut tensors = Tensor::read_safetensors(model("emotion_resnet18.safetensors")).unwrap();
    for (name, tensor) in &mut tensors {
        if name == "fc.bias" {
            let _ = tensor.get(winner).fill_(1e3);
        }
    }
    let path = folder.join(name);
    save(&tensors, &path);
    path
}

fn save(tensors: &[(String, Tensor)], path: &Path) {
    match path.extension().unwrap().to_str().unwrap() {
        "safetensors" => Tensor::write_safetensors(tensors, path).unwrap(),
        "npz" => Tensor::write_npz(tensors, path).unwrap(),
        _ => Tensor::save_multi(tensors, path).unwrap(),
    }
}

fn labels(folder: &Path, names: &[&str]) -> PathBuf {
    let path = folder.join(format!("{}.txt", names.len()));
    fs::write(&path, names.join("\n")).unwrap();
    path
}

/// What the user reads, and the details, when the element is refused READY.
fn refusal(properties: &str) -> (String, String) {
    init();
    let element = gst::parse::launch(&format!("aliyarface {properties}")).unwrap();
    let bus = gst::Bus::new();
    element.set_bus(Some(&bus));
    let refused = element.set_state(gst::State::Ready).is_err();
    assert!(refused, "{properties}");
    let message = bus.pop_filtered(&[gst::MessageType::Error]).unwrap();
    let gst::MessageView::Error(error) = message.view() else {
        panic!("{message:?}");
    };
    assert!(bus.pop_filtered(&[gst::MessageType::Error]).is_none());
    let _ = element.set_state(gst::State::Null);
    let details = error.debug().map(String::from).unwrap_or_default();
    (error.error().message().to_owned(), details)
}

#[test]
fn all_faces_of_a_frame_go_through_the_net_in_one_batch() {
    let net = scripts::counts(&scratch("batch"));
    let photo = Still::photo("multi_face.jpg");
    let alone = Still::photo("single_face.jpg");
    let properties = format!("emotion-model={}", net.display());
    for (photo, count) in [(photo, 5), (alone, 1)] {
        let mut host = Host::new(&properties, &photo.caps());
        let faces = faces(&host.show(&photo));
        assert_eq!(faces.len(), count);
        for face in faces {
            let raw = face.emotion.unwrap().raw.unwrap();
            assert!(raw[count] > 0.99, "{count} faces in a batch: {raw:?}");
        }
    }
}

#[test]
fn weights_with_torchvision_names_are_read_from_every_kind_of_file() {
    let folder = scratch("weights");
    let photo = Still::photo("single_face.jpg");
    let eight = [
        "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht",
    ];
    let labels = labels(&folder, &eight);
    for (winner, ending) in (2..).zip(["safetensors", "npz", "ot"]) {
        let weights = weights(&folder, &format!("own.{ending}"), winner);
        let properties = format!(
            "emotion-model={} emotion-labels={}",
            weights.display(),
            labels.display()
        );
        let mut host = Host::new(&properties, &photo.caps());
        let emotion = only_face(&host.show(&photo)).emotion.unwrap();
        assert_eq!(emotion.label(), eight[winner as usize], "{ending}");
        assert!(emotion.confidence() > 0.99, "{ending}");
    }
}

#[test]
fn a_torchscript_module_with_labels_of_its_own_is_read() {
    let folder = scratch("script");
    let net = scripts::counts(&folder);
    let names = [
        "none", "one", "two", "three", "four", "five", "six", "seven",
    ];
    let photo = Still::photo("single_face.jpg");
    let properties = format!(
        "emotion-model={} emotion-labels={}",
        net.display(),
        labels(&folder, &names).display()
    );
    let mut host = Host::new(&properties, &photo.caps());
    let emotion = only_face(&host.show(&photo)).emotion.unwrap();
    assert_eq!(emotion.label(), "one");
    assert_eq!(emotion.labels.as_ref(), names);
}

#[test]
fn weights_of_another_shape_are_refused_by_name() {
    let folder = scratch("shape");
    let mut tensors = Tensor::read_safetensors(model("emotion_resnet18.safetensors")).unwrap();
    let options = (Kind::Float, tch::Device::Cpu);
    for (name, tensor) in &mut tensors {
        if name == "layer2.0.conv1.weight" {
            *tensor = Tensor::zeros([128, 64, 5, 5], options);
        }
    }
    let path = folder.join("wide.safetensors");
    save(&tensors, &path);
    let (text, details) = refusal(&format!("emotion-model={}", path.display()));
    assert!(text.contains(path.to_str().unwrap()), "{text}");
    assert!(text.contains("emotion-model"), "the cure: {text}");
    assert!(details.contains("layer2.0.conv1.weight"), "{details}");
    assert!(details.contains("[128, 64, 5, 5]"), "{details}");

    tensors.retain(|(name, _)| name != "layer4.1.bn2.running_var");
    tensors.retain(|(name, _)| name != "layer2.0.conv1.weight");
    let path = folder.join("lacking.safetensors");
    save(&tensors, &path);
    let (text, details) = refusal(&format!("emotion-model={}", path.display()));
    assert!(text.contains(path.to_str().unwrap()), "{text}");
    assert!(details.contains("lacks the weight"), "{details}");
}

#[test]
fn labels_that_are_missing_or_do_not_fit_are_refused() {
    let folder = scratch("labels");
    let nowhere = folder.join("nowhere.txt");
    let seven = labels(&folder, &["a", "b", "c", "d", "e", "f", "g"]);
    let one = labels(&folder, &["only"]);
    for net in [
        model("emotion_resnet18.safetensors"),
        scripts::counts(&folder),
    ] {
        for (labels, why) in [
            (&nowhere, "cannot be read"),
            (&seven, "7"),
            (&one, "two or more different names"),
        ] {
            let (text, details) = refusal(&format!(
                "emotion-model={} emotion-labels={}",
                net.display(),
                labels.display()
            ));
            let what = format!("{} {}: {text} / {details}", net.display(), labels.display());
            assert!(text.contains("emotion-labels"), "the cure: {what}");
            assert!(details.contains(why), "{what}");
        }
    }
}

#[test]
fn without_emotions_no_net_is_loaded_and_none_is_told() {
    let photo = Still::photo("single_face.jpg");
    let properties = "emotions=false emotion-model=/nowhere.pt emotion-labels=/nowhere.txt";
    let mut host = Host::new(properties, &photo.caps());
    let mut buffer = host.show(&photo);
    for _ in 0..3 {
        buffer = host.show(&photo);
    }
    assert!(only_face(&buffer).emotion.is_none());
    let meta = gst::meta::CustomMeta::from_buffer(&buffer, "AliyarFaceMeta").unwrap();
    let written = meta.structure().to_string();
    for word in ["emotion", "happiness", "valence", "mixture", "transition"] {
        assert!(!written.contains(word), "{word} in {written}");
    }
    let told = host.events();
    assert!(
        told.iter()
            .all(|event| !event.to_string().contains("emotion-changed"))
    );
}

#[test]
fn a_device_that_is_not_there_is_refused_with_the_cure() {
    if tch::Cuda::is_available() {
        return;
    }
    let (text, _) = refusal("device=cuda");
    assert!(
        text.contains("CUDA") && text.contains("device=cpu"),
        "{text}"
    );
}
