// What the page says, in three languages.

const WORDS = {
  en: {
    sample: "Sample clip", camera: "Camera", upload: "Open a file", stop: "Stop", language: "Language", stage: "Video", picture: "The picture with what was read",
    empty: "Choose the sample clip, your camera or a file. Pictures stay on this machine.", notice: "Emotion recognition is running on the faces you show it. Nothing is kept unless you export it.",
    layers: "Layers", readings: "Readings", faces: "Faces", face: "Face", emotion: "Emotion shown", head: "Head", pitch: "Pitch", yaw: "Yaw", roll: "Roll", affect: "Valence and arousal",
    units: "Action Units, the person's right and left", tiers: "Colour: how far to trust each. Green good, blue fair, amber weak, grey poor.", events: "Events", seek: "Position",
    shows: "An emotion label is what a face shows, not what a person feels.", login: "Log in", loginText: "The server printed a token when it was started for the first time.", token: "Token", enter: "Enter",
    consentTitle: "Open the camera?", consent: "Your face is read on this machine: mesh, Action Units, emotion shown, head pose. Pictures are not kept and go nowhere else. Others in view should agree too.", no: "No", yes: "Open it",
    calibrate: "This is my resting face", locked: "Result on its own frame", reading: "Reading", wrong: "The token is another.", many: "Too many wrong tokens; wait a minute.", nobody: "No face in view",
    fpsIn: "Pictures/s", fpsRead: "Read/s", delay: "Delay", skipped: "Skipped", age: "Result's age", refused: "The camera was refused.", nocamera: "There is no camera.", lost: "The connection was lost.", cannotShow: "This browser cannot show the file; its readings are here all the same.",
    boxes: "Boxes", mesh: "Mesh", pose: "Pose", labels: "Labels", gaze: "Gaze", pleasant: "pleasant", excited: "excited",
    idle: "Ready", starting: "Starting", calibrating: "Learning the resting face", live: "Live", degraded: "Skipping pictures", stalled: "No pictures", ended: "Read to the end", failed: "Failed",
    neutral: "neutral", happiness: "happiness", surprise: "surprise", sadness: "sadness", anger: "anger", disgust: "disgust", fear: "fear", contempt: "contempt", unknown: "unsure",
    "face-appeared": "appears", "face-lost": "is gone", "emotion-changed": "shows", blink: "blinks", "micro-expression": "micro-expression", "macro-expression": "expression",
  },
  ru: {
    sample: "Пример", camera: "Камера", upload: "Открыть файл", stop: "Стоп", language: "Язык", stage: "Видео", picture: "Кадр с тем, что прочитано",
    empty: "Выберите пример, камеру или файл. Изображения остаются на этой машине.", notice: "Идёт распознавание эмоций на лицах, которые вы показываете. Ничего не сохраняется, пока вы не выгрузите.",
    layers: "Слои", readings: "Показания", faces: "Лица", face: "Лицо", emotion: "Показанная эмоция", head: "Голова", pitch: "Тангаж", yaw: "Поворот", roll: "Крен", affect: "Валентность и возбуждение",
    units: "Двигательные единицы, правая и левая сторона", tiers: "Цвет: насколько можно верить. Зелёный хорошо, синий средне, жёлтый слабо, серый плохо.", events: "События", seek: "Положение",
    shows: "Метка эмоции — то, что лицо показывает, а не то, что человек чувствует.", login: "Вход", loginText: "При первом запуске сервер напечатал токен.", token: "Токен", enter: "Войти",
    consentTitle: "Открыть камеру?", consent: "Лицо читается на этой машине: сетка, двигательные единицы, показанная эмоция, поворот головы. Кадры не сохраняются и никуда не уходят. Другие в кадре тоже должны быть согласны.", no: "Нет", yes: "Открыть",
    calibrate: "Это моё лицо в покое", locked: "Результат на своём кадре", reading: "Чтение", wrong: "Токен другой.", many: "Слишком много неверных токенов; подождите минуту.", nobody: "Лиц не видно",
    fpsIn: "Кадров/с", fpsRead: "Прочитано/с", delay: "Задержка", skipped: "Пропущено", age: "Возраст результата", refused: "Камера не разрешена.", nocamera: "Камеры нет.", lost: "Связь потеряна.", cannotShow: "Этот браузер не может показать файл; показания всё равно здесь.",
    boxes: "Рамки", mesh: "Сетка", pose: "Поза", labels: "Подписи", gaze: "Взгляд", pleasant: "приятно", excited: "возбуждённо",
    idle: "Готово", starting: "Запуск", calibrating: "Изучается лицо в покое", live: "В эфире", degraded: "Пропускает кадры", stalled: "Кадров нет", ended: "Прочитано до конца", failed: "Ошибка",
    neutral: "нейтрально", happiness: "радость", surprise: "удивление", sadness: "грусть", anger: "гнев", disgust: "отвращение", fear: "страх", contempt: "презрение", unknown: "неясно",
    "face-appeared": "появилось", "face-lost": "исчезло", "emotion-changed": "показывает", blink: "моргает", "micro-expression": "микровыражение", "macro-expression": "выражение",
  },
  kk: {
    sample: "Үлгі бейне", camera: "Камера", upload: "Файл ашу", stop: "Тоқтату", language: "Тіл", stage: "Бейне", picture: "Оқылғаны көрсетілген кадр",
    empty: "Үлгіні, камераны немесе файлды таңдаңыз. Кескіндер осы машинада қалады.", notice: "Сіз көрсеткен беттерде эмоция тану жүріп жатыр. Жүктеп алмасаңыз, ештеңе сақталмайды.",
    layers: "Қабаттар", readings: "Көрсеткіштер", faces: "Беттер", face: "Бет", emotion: "Көрінген эмоция", head: "Бас", pitch: "Еңкею", yaw: "Бұрылу", roll: "Қисаю", affect: "Жағымдылық пен қозу",
    units: "Қимыл бірліктері, адамның оң және сол жағы", tiers: "Түсі: қаншалықты сенуге болады. Жасыл жақсы, көк орташа, сары әлсіз, сұр нашар.", events: "Оқиғалар", seek: "Орны",
    shows: "Эмоция белгісі — беттің көрсеткені, адамның сезгені емес.", login: "Кіру", loginText: "Сервер алғаш іске қосылғанда токен басып шығарды.", token: "Токен", enter: "Кіру",
    consentTitle: "Камераны ашу керек пе?", consent: "Бетіңіз осы машинада оқылады: тор, қимыл бірліктері, көрінген эмоция, бас бағыты. Кадрлар сақталмайды және ешқайда кетпейді. Кадрдағы басқалар да келісуі керек.", no: "Жоқ", yes: "Ашу",
    calibrate: "Бұл менің тыныш жүзім", locked: "Нәтиже өз кадрында", reading: "Оқылуда", wrong: "Токен басқа.", many: "Қате токен тым көп; бір минут күтіңіз.", nobody: "Бет көрінбейді",
    fpsIn: "Кадр/с", fpsRead: "Оқылды/с", delay: "Кідіріс", skipped: "Өткізілді", age: "Нәтиже жасы", refused: "Камераға рұқсат берілмеді.", nocamera: "Камера жоқ.", lost: "Байланыс үзілді.", cannotShow: "Бұл браузер файлды көрсете алмайды; көрсеткіштер бәрібір осында.",
    boxes: "Жақтаулар", mesh: "Тор", pose: "Бағыт", labels: "Жазулар", gaze: "Көзқарас", pleasant: "жағымды", excited: "қозған",
    idle: "Дайын", starting: "Іске қосылуда", calibrating: "Тыныш жүз үйренілуде", live: "Тікелей", degraded: "Кадр өткізуде", stalled: "Кадр жоқ", ended: "Соңына дейін оқылды", failed: "Қате",
    neutral: "бейтарап", happiness: "қуаныш", surprise: "таңғалу", sadness: "мұң", anger: "ашу", disgust: "жиіркену", fear: "қорқыныш", contempt: "менсінбеу", unknown: "белгісіз",
    "face-appeared": "пайда болды", "face-lost": "кетті", "emotion-changed": "көрсетеді", blink: "жыпылықтады", "micro-expression": "микроөрнек", "macro-expression": "өрнек",
  },
};

const KEY = "aliyarface-language";
let language = localStorage.getItem(KEY) ?? navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in WORDS) ?? "en";
if (!(language in WORDS)) language = "en";

export const current = () => language;
/** The word called `name`; a label of a user's own model stands for itself. */
export const word = (name) => WORDS[language][name] ?? WORDS.en[name] ?? name;

/** Writes all words of the page anew. */
export function speak(next = language) {
  language = next;
  localStorage.setItem(KEY, next);
  document.documentElement.lang = next;
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", word(element.dataset.label));
}
