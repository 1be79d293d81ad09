/**
 * Images that passcodes are made of, by their names in @iconify-json/fluent-emoji-flat (MIT). Chosen by rule: animals,
 * plants, food and things that a child can name and that do not look alike at 48 pixels. No people and no skin, no flags,
 * signs, texts or clock faces, nothing of a faith, no weapons, alcohol, tobacco or gambling; of a face and its body, or of
 * two sights of one thing, only one. None has gradients by reference, scripts or links inside.
 *
 * FROZEN: grids are derived from this very list. One name more, less or elsewhere, and every user's images are gone. Another
 * pool is another list, and enrolled users keep theirs.
 */
export const POOL: readonly string[] = `
  abacus accordion airplane alarm-clock ambulance anchor ant artist-palette automobile avocado backpack
  balance-scale ballet-shoes balloon banana basket basketball bat bathtub battery bear beaver bed bell bell-pepper
  bicycle birthday-cake bison blueberries books boomerang bowling boxing-glove bread briefcase broccoli broom
  bucket bullseye bus butterfly cactus calendar camel camera candle candy canoe carousel-horse carrot castle cat
  chair cheese-wedge cherries cherry-blossom chess-pawn chicken chipmunk chocolate-bar coconut comet compass
  cookie cooking coral cow crab crayon crescent-moon cricket crocodile croissant crown cucumber cup-with-straw
  cupcake deer diving-mask dodo dog dolphin door doughnut dragon-face dress drum duck dumpling eagle ear-of-corn
  eggplant elephant envelope evergreen-tree feather ferris-wheel fire fire-engine fire-extinguisher fishing-pole
  flamingo flashlight flute flying-saucer fountain four-leaf-clover fox french-fries frog fuel-pump garlic gear
  gem-stone ghost giraffe glass-of-milk globe-showing-europe-africa gloves goat gorilla graduation-cap grapes
  green-salad guitar hamburger hammer headphone hedgehog helicopter high-heeled-shoe high-voltage honeybee
  horse-face hot-dog hot-pepper hourglass-done house ice-cream ice-skate jack-o-lantern jellyfish joystick
  kangaroo key kite kiwi-fruit knot koala ladder lady-beetle laptop lemon light-bulb lion lipstick llama lobster
  locked locomotive lollipop lotus luggage magic-wand magnet magnifying-glass-tilted-left maple-leaf maracas
  meat-on-bone megaphone melon microscope mirror mirror-ball mobile-phone monkey moose mosquito motorcycle mouse
  movie-camera mushroom necktie newspaper nut-and-bolt octopus olive onion otter owl paintbrush palm-tree pancakes
  panda paperclip parachute parrot pea-pod peach peacock peanuts pear pencil penguin pig pineapple pizza
  pool-8-ball popcorn potted-plant pretzel printer pushpin puzzle-piece rabbit raccoon radio rainbow red-apple
  rhinoceros ribbon ring ring-buoy ringed-planet robot rocket roller-coaster roller-skate rose running-shoe
  sailboat satellite sauropod saxophone scarf scissors scorpion screwdriver scroll sewing-needle shark
  sheaf-of-rice shield shopping-cart shower skateboard skis skunk sled sloth snail snake snowflake snowman soap
  soccer-ball socks spaghetti spider spider-web sponge spouting-whale squid star stethoscope straight-ruler
  strawberry studio-microphone sun sunflower sunglasses sushi swan t-shirt taco teapot teddy-bear telephone
  telescope television tennis tent test-tube thermometer thread tiger toilet toothbrush top-hat tornado tractor
  trophy tropical-fish trumpet tulip turkey turtle umbrella unicorn vertical-traffic-light video-game violin
  volcano waffle wastebasket watch water-wave watermelon wheel wolf world-map worm wrapped-gift wrench yarn yo-yo
  zebra
`
  .trim()
  .split(/\s+/);

/** What people call it, where that is not what the file is called. */
const CALLED: Readonly<Record<string, string>> = {
  'artist-palette': 'palette',
  automobile: 'car',
  bowling: 'bowling pins',
  bullseye: 'target',
  'cheese-wedge': 'cheese',
  cooking: 'frying pan',
  'crescent-moon': 'moon',
  'cup-with-straw': 'soft drink',
  'dragon-face': 'dragon',
  'ear-of-corn': 'corn',
  'evergreen-tree': 'fir tree',
  'four-leaf-clover': 'clover',
  'fuel-pump': 'fuel pump',
  'globe-showing-europe-africa': 'globe',
  headphone: 'headphones',
  'high-voltage': 'lightning',
  honeybee: 'bee',
  'horse-face': 'horse',
  'hourglass-done': 'hourglass',
  'jack-o-lantern': 'pumpkin lantern',
  'kiwi-fruit': 'kiwi',
  'lady-beetle': 'ladybird',
  locked: 'padlock',
  locomotive: 'steam engine',
  'magnifying-glass-tilted-left': 'magnifying glass',
  'meat-on-bone': 'meat',
  'mobile-phone': 'mobile phone',
  'pea-pod': 'peas',
  'pool-8-ball': 'billiard ball',
  'red-apple': 'apple',
  'ring-buoy': 'life ring',
  'ringed-planet': 'planet',
  sauropod: 'dinosaur',
  'sheaf-of-rice': 'rice plant',
  'spouting-whale': 'whale',
  'straight-ruler': 'ruler',
  'studio-microphone': 'microphone',
  't-shirt': 'T-shirt',
  tennis: 'tennis racket',
  thread: 'spool of thread',
  'tropical-fish': 'fish',
  'vertical-traffic-light': 'traffic light',
  'video-game': 'game controller',
  'water-wave': 'wave',
  'world-map': 'map',
  'wrapped-gift': 'gift',
  'yo-yo': 'yo-yo',
};

/** The image's English name, for who hears the page instead of seeing it. */
export const nameOf = (ref: string): string => CALLED[ref] ?? ref.replaceAll('-', ' ');
