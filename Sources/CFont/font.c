#include <fontconfig/fontconfig.h>
#include <ft2build.h>
#include FT_FREETYPE_H
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "CFont.h"

// One for the process: fonts are large, and FreeType's faces are not for several threads at once.
enum { most_faces = 16, most_missing = 256 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FT_Library library;
static FcConfig *config;
static bool opened;
static FT_Face faces[most_faces];
static int face_count;
// Letters that no font has, so that they are looked for once.
static uint32_t missing[most_missing];
static size_t missing_count;

static FT_Face add(const char *path, int index) {
  if (face_count == most_faces) return NULL;
  FT_Face face;
  if (FT_New_Face(library, path, index, &face) != 0) return NULL;
  if (!FT_IS_SCALABLE(face)) {
    FT_Done_Face(face);
    return NULL;
  }
  faces[face_count++] = face;
  return face;
}

// The system's sans serif; with a letter, one that has it.
static FT_Face match(uint32_t letter) {
  if (config == NULL) return NULL;
  FcPattern *pattern = FcPatternCreate();
  if (pattern == NULL) return NULL;
  FcPatternAddString(pattern, FC_FAMILY, (const FcChar8 *)"sans-serif");
  FcPatternAddBool(pattern, FC_SCALABLE, FcTrue);
  if (letter != 0) {
    FcCharSet *set = FcCharSetCreate();
    if (set != NULL) {
      FcCharSetAddChar(set, letter);
      FcPatternAddCharSet(pattern, FC_CHARSET, set);
      FcCharSetDestroy(set);
    }
  }
  FcConfigSubstitute(config, pattern, FcMatchPattern);
  FcDefaultSubstitute(pattern);
  FcResult result;
  FcPattern *found = FcFontMatch(config, pattern, &result);
  FcPatternDestroy(pattern);
  if (found == NULL) return NULL;
  FcChar8 *file = NULL;
  int index = 0;
  FT_Face face = NULL;
  FcCharSet *has = NULL;
  const bool fits = letter == 0 || (FcPatternGetCharSet(found, FC_CHARSET, 0, &has) == FcResultMatch &&
                                    FcCharSetHasChar(has, letter));
  FcPatternGetInteger(found, FC_INDEX, 0, &index);
  if (fits && FcPatternGetString(found, FC_FILE, 0, &file) == FcResultMatch) face = add((const char *)file, index);
  FcPatternDestroy(found);
  return face;
}

static void open_once(void) {
  if (opened) return;
  opened = true;
  if (FT_Init_FreeType(&library) != 0) {
    library = NULL;
    return;
  }
  config = FcInitLoadConfigAndFonts();
  const char *own = getenv("IMGREC_FONT");
  if (own != NULL && *own != 0) add(own, 0);
  match(0);
}

// The face that has the letter; NULL where none has.
static FT_Face face_for(uint32_t letter) {
  for (int i = 0; i < face_count; i++)
    if (FT_Get_Char_Index(faces[i], letter) != 0) return faces[i];
  for (size_t i = 0; i < missing_count; i++)
    if (missing[i] == letter) return NULL;
  FT_Face face = match(letter);
  if (face != NULL && FT_Get_Char_Index(face, letter) != 0) return face;
  if (missing_count < most_missing) missing[missing_count++] = letter;
  return NULL;
}

static void set(cfont_picture *picture, int row, int column) {
  if (row < 0 || row >= picture->height || column < 0 || column >= picture->width) return;
  picture->coverage[(size_t)row * picture->width + column] = 255;
}

// Draws an upright frame in place of a letter that no font has. Returns its advance.
static int draw_missing(cfont_picture *picture, int at, int baseline, int pixels) {
  const int line = pixels / 16 > 1 ? pixels / 16 : 1;
  const int gap = pixels / 12 > 1 ? pixels / 12 : 1;
  const int height = pixels * 3 / 4, width = pixels / 2;
  if (picture != NULL)
    for (int y = 0; y < height; y++)
      for (int x = 0; x < width; x++)
        if (y < line || y >= height - line || x < line || x >= width - line)
          set(picture, baseline - height + y, at + gap + x);
  return width + 2 * gap;
}

// Goes along the line; draws where there is a picture, else measures. False where nothing can be drawn.
static bool run(
    const uint32_t *letters, size_t count, int pixels, cfont_picture *picture, int baseline, int *width, int *above,
    int *below) {
  int at = 0;
  for (size_t i = 0; i < count; i++) {
    const uint32_t letter = letters[i];
    const FT_Face face = face_for(letter);
    if (face == NULL) {
      if (face_count == 0) return false;
      at += draw_missing(picture, at, baseline, pixels);
      if (at > *width) *width = at;
      continue;
    }
    if (FT_Set_Pixel_Sizes(face, 0, (FT_UInt)pixels) != 0) return false;
    if (FT_Load_Char(face, letter, FT_LOAD_RENDER | FT_LOAD_NO_BITMAP) != 0) return false;
    const FT_GlyphSlot glyph = face->glyph;
    const FT_Bitmap *bitmap = &glyph->bitmap;
    const int left = at + (glyph->bitmap_left > 0 || at > 0 ? glyph->bitmap_left : 0);
    const int top = glyph->bitmap_top;
    if (picture != NULL && bitmap->pixel_mode == FT_PIXEL_MODE_GRAY) {
      for (int y = 0; y < (int)bitmap->rows; y++) {
        const int row = baseline - top + y;
        if (row < 0 || row >= picture->height) continue;
        for (int x = 0; x < (int)bitmap->width; x++) {
          const int column = left + x;
          if (column < 0 || column >= picture->width) continue;
          uint8_t *pixel = picture->coverage + (size_t)row * picture->width + column;
          const uint8_t ink = bitmap->buffer[(ptrdiff_t)y * bitmap->pitch + x];
          if (ink > *pixel) *pixel = ink;
        }
      }
    }
    if (top > *above) *above = top;
    if ((int)bitmap->rows - top > *below) *below = (int)bitmap->rows - top;
    at += (int)(glyph->advance.x >> 6);
    if (left + (int)bitmap->width > *width) *width = left + (int)bitmap->width;
    if (at > *width) *width = at;
  }
  return true;
}

bool cfont_draw(const uint32_t *letters, size_t count, int pixels, cfont_picture *picture) {
  *picture = (cfont_picture){0};
  if (count == 0 || count > 4096 || pixels < 1 || pixels > 1024) return false;
  pthread_mutex_lock(&lock);
  open_once();
  // Capitals and descenders have their room in every line, so that labels are of one height.
  int width = 0, above = pixels * 3 / 4, below = pixels / 4;
  bool done = library != NULL && run(letters, count, pixels, NULL, 0, &width, &above, &below) && width > 0;
  if (done) {
    picture->width = width;
    picture->height = above + below;
    picture->coverage = calloc((size_t)width, (size_t)picture->height);
    int w = 0, a = 0, b = 0;
    done = picture->coverage != NULL && run(letters, count, pixels, picture, above, &w, &a, &b);
  }
  pthread_mutex_unlock(&lock);
  if (!done) cfont_picture_free(picture);
  return done;
}

void cfont_picture_free(cfont_picture *picture) {
  free(picture->coverage);
  *picture = (cfont_picture){0};
}

bool cfont_has(uint32_t letter) {
  pthread_mutex_lock(&lock);
  open_once();
  const bool has = library != NULL && face_for(letter) != NULL;
  pthread_mutex_unlock(&lock);
  return has;
}
