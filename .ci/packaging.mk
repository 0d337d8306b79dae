# Installation and the Debian package: a stripped executable, man pages, units of systemd, and completions for bash, zsh
# and fish.

.PHONY: completions deb deb-test install install-staged install-units manual manual-tool stage uninstall

STAGE ?= .build/stage
BASH_COMPLETIONS ?= $(PREFIX)/share/bash-completion/completions
FISH_COMPLETIONS ?= $(PREFIX)/share/fish/vendor_completions.d
ZSH_COMPLETIONS ?= $(PREFIX)/share/zsh/site-functions
MANUALS ?= $(PREFIX)/share/man/man1
UNITS ?= $(PREFIX)/lib/systemd/system
UNIT_FILES := imgrec-worker@.service imgrec-watch@.service
MANUAL_TOOL ?= .build/release/generate-manual
# The date of a page is that of its source.
MANUAL_DATE ?= $(or $(shell git log -1 --format=%cs 2>/dev/null),$(shell date +%F))
STRIP ?= strip

manual-tool:
	swift build -c release $(SWIFT_FLAGS) --product generate-manual

# Writes the man pages of BINARY to STAGE/man, one per command.
manual:
	@rm -rf $(STAGE)/man $(STAGE)/man.raw && mkdir -p $(STAGE)/man $(STAGE)/man.raw
	@$(MANUAL_TOOL) $(abspath $(BINARY)) --multi-page --date $(MANUAL_DATE) -o $(STAGE)/man.raw
	@rm -f $(STAGE)/man.raw/imgrec.help.1
	@cd $(STAGE)/man.raw && for page in *.1; do \
	  name=$${page%.1}; sed -E -f $(abspath .ci/manual.sed) $$page > ../man/$${name//./-}.1 || exit 1; done
	@rm -r $(STAGE)/man.raw

# Writes the completions of BINARY to STAGE/completions.
completions:
	@mkdir -p $(STAGE)/completions
	@for shell in bash zsh fish; do \
	  $(BINARY) --generate-completion-script $$shell > $(STAGE)/completions/imgrec.$$shell || exit 1; done

stage: build manual-tool
	@$(MAKE) --no-print-directory manual completions
	@$(STRIP) -o $(STAGE)/imgrec $(BINARY)

install: stage ## Install the executable, man pages and completions (PREFIX, DESTDIR)
	@$(MAKE) --no-print-directory install-staged

install-staged:
	install -d $(addprefix $(DESTDIR),$(PREFIX)/bin $(MANUALS) $(BASH_COMPLETIONS) $(ZSH_COMPLETIONS) $(FISH_COMPLETIONS))
	install -m 755 $(STAGE)/imgrec $(DESTDIR)$(PREFIX)/bin/imgrec
	install -m 644 $(STAGE)/man/*.1 $(DESTDIR)$(MANUALS)
	install -m 644 $(STAGE)/completions/imgrec.bash $(DESTDIR)$(BASH_COMPLETIONS)/imgrec
	install -m 644 $(STAGE)/completions/imgrec.zsh $(DESTDIR)$(ZSH_COMPLETIONS)/_imgrec
	install -m 644 $(STAGE)/completions/imgrec.fish $(DESTDIR)$(FISH_COMPLETIONS)/imgrec.fish
	@$(MAKE) --no-print-directory install-units

# The units name the executable by its whole path.
install-units:
	install -d $(DESTDIR)$(UNITS)
	@for unit in $(UNIT_FILES); do \
	  sed 's|/usr/bin/imgrec |$(PREFIX)/bin/imgrec |' .ci/systemd/$$unit > $(DESTDIR)$(UNITS)/$$unit && \
	  chmod 644 $(DESTDIR)$(UNITS)/$$unit || exit 1; done

uninstall: ## Remove the files of install
	rm -f $(DESTDIR)$(PREFIX)/bin/imgrec $(DESTDIR)$(MANUALS)/imgrec.1 $(DESTDIR)$(MANUALS)/imgrec-*.1 \
	  $(DESTDIR)$(BASH_COMPLETIONS)/imgrec $(DESTDIR)$(ZSH_COMPLETIONS)/_imgrec \
	  $(DESTDIR)$(FISH_COMPLETIONS)/imgrec.fish $(addprefix $(DESTDIR)$(UNITS)/,$(UNIT_FILES))

# Alert rules and a dashboard.
MONITORING := Sources/imgrec/Documentation.docc/Resources

DEB := .build/deb
DEB_ROOT := $(DEB)/root
DEB_ARCHITECTURE = $(shell dpkg --print-architecture)
DEB_VERSION = $(shell sed -n 's/.*static let version = "\(.*\)"/\1/p' Sources/imgrec/Imgrec.swift)

define DEB_CONTROL
Package: imgrec
Version: $(DEB_VERSION)
Architecture: $(DEB_ARCHITECTURE)
Maintainer: imgrec developers <imgrec@localhost>
Installed-Size: @SIZE@
Depends: @DEPENDS@
Recommends: libarchive13, libexempi8, libheif1, libgif7, libjxl0.7, libraw20, libzxing2, opencv-data, python3, python3-pip
Suggests: jq, prometheus, redis-server
Section: graphics
Priority: optional
Description: batch image recognition on the command line
 Classifies images, detects objects, faces, text and number plates, segments,
 embeds and upscales, in bulk and from the command line. Writes one JSON record
 per image. Networks are fetched by name or given as files.
endef
export DEB_CONTROL

# Depends are those of the executable, and of a library that is linked with the decoders that imgrec opens at run time.
deb: stage ## Build a Debian package in .build/deb
	$(call need,dpkg-dev g++)
	@rm -rf $(DEB) && mkdir -p $(DEB_ROOT)/DEBIAN $(DEB)/debian $(DEB_ROOT)/usr/share/doc/imgrec
	@$(MAKE) --no-print-directory install-staged DESTDIR=$(abspath $(DEB_ROOT)) PREFIX=/usr UNITS=/lib/systemd/system \
	  ZSH_COMPLETIONS=/usr/share/zsh/vendor-completions
	@gzip -9n $(DEB_ROOT)/usr/share/man/man1/*.1
	@{ cat LICENSE; for notice in .build/checkouts/*/{LICENSE,NOTICE}*; do \
	  printf '\n\nPart of the executable: %s\n\n' "$$(basename "$$(dirname "$$notice")")"; cat "$$notice"; done; } \
	  > $(DEB_ROOT)/usr/share/doc/imgrec/copyright
	@install -m 644 $(MONITORING)/imgrec.rules.yml $(MONITORING)/imgrec-dashboard.json \
	  $(DEB_ROOT)/usr/share/doc/imgrec
	@echo | g++ -x c++ -shared -fPIC -Wl,--no-as-needed -o $(DEB)/decoders.so - -lopencv_imgcodecs \
	  -lwebp -lopenjp2 -ldcmimage -ldcmjpeg -ldcmjpls
	@printf 'Source: imgrec\n\nPackage: imgrec\nArchitecture: any\n' > $(DEB)/debian/control
	@cd $(DEB) && dpkg-shlibdeps --warnings=0 -O -eroot/usr/bin/imgrec -edecoders.so | \
	  sed -n 's/^shlibs:Depends=//p' > depends && test -s depends
	@echo "$$DEB_CONTROL" | sed "s/@SIZE@/$$(du -ks $(DEB_ROOT)/usr | cut -f1)/; s/@DEPENDS@/$$(cat $(DEB)/depends)/" \
	  > $(DEB_ROOT)/DEBIAN/control
	@chmod -R u=rwX,go=rX $(DEB_ROOT)
	dpkg-deb --root-owner-group --build $(DEB_ROOT) $(DEB_FILE)

# A minimal Debian from the mirror that apt uses, with the package and its Depends alone. Swift reads the arguments of a
# process from /proc. The embedded network upscales, so nothing has to be fetched.
DEB_TEST := .build/deb-test
DEB_FILE = $(DEB)/imgrec_$(DEB_VERSION)_$(DEB_ARCHITECTURE).deb
deb-test: deb ## Install the Debian package in a clean root and run it; needs root
	$(call need,debootstrap)
	@$(SUDO) rm -rf --one-file-system $(DEB_TEST) && mkdir -p $(DEB_TEST)
	@mirror=$$(apt-get indextargets --format '$$(REPO_URI) $$(CODENAME)' 'Created-By: Packages' | \
	  grep -m1 '/debian/* [a-z]*$$'); set -e; \
	$(SUDO) debootstrap --variant=minbase "$${mirror#* }" $(DEB_TEST)/root "$${mirror% *}" > $(DEB_TEST)/log; \
	$(SUDO) cp $(DEB_FILE) $(DEB_TEST)/root/tmp/imgrec.deb; \
	$(SUDO) cp Fixtures/images/photo.jpg $(DEB_TEST)/root/tmp; \
	$(SUDO) mount -t proc proc $(DEB_TEST)/root/proc; \
	trap '$(SUDO) umount $(DEB_TEST)/root/proc && $(SUDO) rm -rf --one-file-system $(DEB_TEST)' EXIT; \
	$(SUDO) chroot $(DEB_TEST)/root sh -ec 'apt-get update -qq; cd /tmp; \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends ./imgrec.deb > apt.log 2>&1; \
	  imgrec --version; imgrec upscale photo.jpg -o large.webp -q; imgrec similar photo.jpg large.webp -q'
