//! What panels of bars say, in each language.

use crate::analysis::Au;

use super::words::Language;

/// An index with a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexWord {
    Focus,
    Buffer,
    Perclos,
    BlinkRate,
    Yawns,
    Expressiveness,
    BlinkSign,
    HeadSign,
    BrowSign,
    LipSign,
}

const UNITS: [[&str; 3]; 23] = [
    ["inner brow up", "брови внутри вверх", "қас іші жоғары"],
    ["outer brow up", "брови снаружи вверх", "қас сырты жоғары"],
    ["brow down", "брови вниз", "қас төмен"],
    ["upper lid up", "веки вверх", "қабақ жоғары"],
    ["cheek up", "щёки вверх", "бет жоғары"],
    ["lids tight", "веки сжаты", "қабақ қысылған"],
    ["nose wrinkled", "нос сморщен", "мұрын тыржиған"],
    ["upper lip up", "верхняя губа вверх", "үстіңгі ерін жоғары"],
    ["lip corners up", "углы губ вверх", "езу жоғары"],
    ["dimple", "ямочки", "бет шұңқыры"],
    ["lip corners down", "углы губ вниз", "езу төмен"],
    ["chin up", "подбородок вверх", "иек жоғары"],
    ["lips puckered", "губы трубочкой", "ерін бүрілген"],
    ["lips stretched", "губы растянуты", "ерін созылған"],
    ["lips funneled", "губы воронкой", "ерін шүйірілген"],
    ["lips tight", "губы сжаты", "ерін қысылған"],
    ["lips pressed", "губы прижаты", "ерін басылған"],
    ["lips apart", "губы раскрыты", "ерін ашық"],
    ["jaw down", "челюсть вниз", "жақ төмен"],
    ["mouth wide open", "рот широко раскрыт", "ауыз кең ашық"],
    ["lips sucked in", "губы втянуты", "ерін тартылған"],
    ["eyes closed", "глаза закрыты", "көз жұмулы"],
    ["blink", "моргание", "жыпылықтау"],
];

impl Language {
    fn choose(self, [english, russian, kazakh]: [&'static str; 3]) -> &'static str {
        match self {
            Self::English => english,
            Self::Russian => russian,
            Self::Kazakh => kazakh,
        }
    }

    /// What moves in an Action Unit, in two or three words.
    pub fn action_unit(self, unit: Au) -> &'static str {
        UNITS
            .get(unit.index())
            .map_or("", |words| self.choose(*words))
    }

    /// Letters for the person's left and right.
    pub fn sides(self) -> [&'static str; 2] {
        match self {
            Self::English => ["L", "R"],
            Self::Russian => ["Л", "П"],
            Self::Kazakh => ["С", "О"],
        }
    }

    /// The letter for seconds.
    pub fn second(self) -> &'static str {
        self.choose(["s", "с", "с"])
    }

    /// The words for an index; those of signs tell that they are deviations.
    pub fn index_word(self, index: IndexWord) -> &'static str {
        self.choose(match index {
            IndexWord::Focus => ["visual focus", "взгляд вперёд", "көз алға"],
            IndexWord::Buffer => ["AttenD buffer", "буфер AttenD", "AttenD буфері"],
            IndexWord::Perclos => ["PERCLOS", "PERCLOS", "PERCLOS"],
            IndexWord::BlinkRate => ["blinks / min", "моргания / мин", "жыпылықтау / мин"],
            IndexWord::Yawns => ["yawns / min", "зевки / мин", "есінеу / мин"],
            IndexWord::Expressiveness => ["expressiveness", "выразительность", "мимика"],
            IndexWord::BlinkSign => ["blinks, SD", "моргания, SD", "жыпылықтау, SD"],
            IndexWord::HeadSign => ["head, SD", "голова, SD", "бас, SD"],
            IndexWord::BrowSign => ["brow, SD", "брови, SD", "қас, SD"],
            IndexWord::LipSign => ["lips, SD", "губы, SD", "ерін, SD"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::ACTION_UNITS;

    #[test]
    fn every_unit_has_words_of_its_own_in_each_language() {
        for language in [Language::English, Language::Russian, Language::Kazakh] {
            let words = ACTION_UNITS.map(|unit| language.action_unit(unit.unit));
            for (index, word) in words.iter().enumerate() {
                assert!(!word.is_empty() && !words[..index].contains(word), "{word}");
            }
        }
    }
}
