//! What the labels say, in each language.

use crate::analysis::{BasicEmotion, Emotion};

/// The language of the overlay's words; Kazakh in Cyrillic letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, glib::Enum)]
#[enum_type(name = "GstAliyarFaceLanguage")]
pub enum Language {
    /// English.
    #[default]
    #[enum_value(name = "English", nick = "en")]
    English,
    /// Russian.
    #[enum_value(name = "Russian", nick = "ru")]
    Russian,
    /// Kazakh.
    #[enum_value(name = "Kazakh", nick = "kk")]
    Kazakh,
}

/// The word of each language for an emotion: English, Russian, Kazakh.
fn emotion_words(emotion: BasicEmotion) -> [&'static str; 3] {
    match emotion {
        BasicEmotion::Neutral => ["Neutral", "Нейтрально", "Бейтарап"],
        BasicEmotion::Happiness => ["Happiness", "Радость", "Қуаныш"],
        BasicEmotion::Sadness => ["Sadness", "Грусть", "Мұң"],
        BasicEmotion::Anger => ["Anger", "Гнев", "Ашу"],
        BasicEmotion::Fear => ["Fear", "Страх", "Қорқыныш"],
        BasicEmotion::Surprise => ["Surprise", "Удивление", "Таңданыс"],
        BasicEmotion::Disgust => ["Disgust", "Отвращение", "Жиіркеніш"],
        BasicEmotion::Contempt => ["Contempt", "Презрение", "Менсінбеу"],
    }
}

/// The same where no emotion is certain enough.
const UNKNOWN: [&str; 3] = ["Unknown", "Неясно", "Белгісіз"];

impl Language {
    /// The word for an emotion class, or for `unknown`; any other name is given back as it is.
    pub fn emotion(self, class: &str) -> &str {
        let words = match BasicEmotion::from_label(&class.to_ascii_lowercase()) {
            Some(emotion) => emotion_words(emotion),
            None if class.eq_ignore_ascii_case(Emotion::UNKNOWN) => UNKNOWN,
            None => return class,
        };
        let [english, russian, kazakh] = words;
        match self {
            Self::English => english,
            Self::Russian => russian,
            Self::Kazakh => kazakh,
        }
    }

    /// What people are told who are watched; no word of emotions where those are not read.
    pub fn notice(self, emotions: bool) -> &'static str {
        match (self, emotions) {
            (Self::English, true) => "Emotion recognition is running",
            (Self::Russian, true) => "Идёт распознавание эмоций",
            (Self::Kazakh, true) => "Эмоцияларды тану жүріп жатыр",
            (Self::English, false) => "Face analysis is running",
            (Self::Russian, false) => "Идёт анализ лиц",
            (Self::Kazakh, false) => "Беттерді талдау жүріп жатыр",
        }
    }

    /// The words for a micro-expression and for milliseconds.
    pub fn micro_expression(self) -> [&'static str; 2] {
        match self {
            Self::English => ["Micro-expression", "ms"],
            Self::Russian => ["Микровыражение", "мс"],
            Self::Kazakh => ["Микромимика", "мс"],
        }
    }

    /// The words for pitch, yaw and roll.
    pub fn angles(self) -> [&'static str; 3] {
        match self {
            Self::English => ["pitch", "yaw", "roll"],
            Self::Russian => ["наклон", "поворот", "крен"],
            Self::Kazakh => ["еңкею", "бұрылу", "қисаю"],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_its_own_words() {
        for class in BasicEmotion::LABELS.into_iter().chain([Emotion::UNKNOWN]) {
            let [english, russian, kazakh] =
                [Language::English, Language::Russian, Language::Kazakh]
                    .map(|language| language.emotion(class));
            assert!(english.is_ascii());
            assert_ne!(russian, english);
            assert_ne!(kazakh, english);
            assert_ne!(kazakh, russian);
        }
        assert_ne!(Language::Kazakh.angles(), Language::Russian.angles());
    }

    #[test]
    fn where_no_emotions_are_read_the_notice_does_not_name_them() {
        for language in [Language::English, Language::Russian, Language::Kazakh] {
            let notice = language.notice(false).to_lowercase();
            assert!(
                !["emotion", "эмоци"]
                    .iter()
                    .any(|word| notice.contains(word))
            );
            assert_ne!(language.notice(true), language.notice(false));
        }
    }

    #[test]
    fn a_class_of_a_foreign_net_keeps_its_name() {
        assert_eq!(Language::Kazakh.emotion("Ботқа"), "Ботқа");
    }

    #[test]
    fn an_emotion_without_a_winner_has_a_word() {
        assert_eq!(Language::English.emotion(Emotion::UNKNOWN), "Unknown");
    }
}
