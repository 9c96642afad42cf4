#!/bin/sh
# Builds ffmpeg and ffprobe from Debian's own patched source with just the containers and codecs that hivis accepts.
# Installs into /opt/ffmpeg. Needs a Debian image, root, and libdav1d at run time (package libdav1d6).
set -eu

# The base image may list its sources in either form.
for file in /etc/apt/sources.list.d/*.sources; do
  [ ! -e "$file" ] || sed -i 's/^Types: deb$/Types: deb deb-src/' "$file"
done
if [ -s /etc/apt/sources.list ]; then
  sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >/etc/apt/sources.list.d/source-packages.list
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends \
  dpkg-dev gcc libc6-dev make nasm pkg-config libdav1d-dev zlib1g-dev >/dev/null

mkdir -p /usr/src/ffmpeg-build
cd /usr/src/ffmpeg-build
# Fetched as root; apt's own user may not write here.
apt-get -o APT::Sandbox::User=root source -qq ffmpeg >/dev/null
cd ffmpeg-*/

# Sound and playlist demuxers are built so that such a file is recognised and refused by name; the format whitelist of
# every call keeps them from opening anything.
./configure --prefix=/opt/ffmpeg --disable-everything --disable-autodetect --disable-network --disable-doc \
  --disable-debug --disable-ffplay --disable-avdevice --disable-postproc --enable-libdav1d --enable-zlib \
  --enable-protocol=file,pipe \
  --enable-demuxer=mov,matroska,mpegts,avi,mp3,wav,flac,ogg,aac,hls,concat,gif,image2,image_png_pipe,image_jpeg_pipe,image_webp_pipe \
  --enable-decoder=h264,hevc,vp9,libdav1d,mpeg4,mjpeg \
  --enable-parser=h264,hevc,vp9,av1,mpeg4video,mjpeg \
  --enable-bsf=h264_mp4toannexb,hevc_mp4toannexb,vp9_superframe_split,av1_frame_split,extract_extradata,mpeg4_unpack_bframes \
  --enable-encoder=rawvideo --enable-muxer=rawvideo \
  --enable-filter=select,scale,pad,format,transpose,hflip,vflip,rotate,crop,null,setpts,trim,buffer,buffersink \
  >/dev/null
make -j"$(nproc)" >/tmp/make.log 2>&1 || { tail -50 /tmp/make.log; exit 1; }
make install >/dev/null
strip /opt/ffmpeg/bin/ffmpeg /opt/ffmpeg/bin/ffprobe
rm -rf /usr/src/ffmpeg-build
