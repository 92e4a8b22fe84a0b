# `cpack --config build/release/CPackConfig.cmake` makes keitaro-outbox_VERSION_ARCHITECTURE.deb.
set(staged ${CMAKE_CURRENT_BINARY_DIR}/debian)

set(bindir /usr/${CMAKE_INSTALL_BINDIR})
set(to ${staged}/units)
include(systemd/units.cmake)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS systemd/service.conf systemd/hardening.conf)
add_custom_command(OUTPUT ${staged}/changelog.gz
  COMMAND ${CMAKE_COMMAND} -E make_directory ${staged}
  COMMAND gzip -9nc ${CMAKE_CURRENT_SOURCE_DIR}/debian/changelog > ${staged}/changelog.gz
  DEPENDS debian/changelog
  VERBATIM)
add_custom_target(keitaro-outbox-changelog ALL DEPENDS ${staged}/changelog.gz)

function(install_for_debian)
  install(${ARGN} COMPONENT debian EXCLUDE_FROM_ALL)
endfunction()
install_for_debian(DIRECTORY ${staged}/units/ DESTINATION lib/systemd/system)
install_for_debian(DIRECTORY ${generated}/zsh/ DESTINATION usr/share/zsh/vendor-completions)
install_for_debian(FILES debian/copyright ${staged}/changelog.gz DESTINATION usr/share/doc/keitaro-outbox)
install_for_debian(FILES config/outbox.toml DESTINATION etc/keitaro-outbox)
install_for_debian(FILES config/outbox.env DESTINATION etc/keitaro-outbox PERMISSIONS OWNER_READ OWNER_WRITE)
install_for_debian(FILES debian/lintian-overrides DESTINATION usr/share/lintian/overrides RENAME keitaro-outbox)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME keitaro-outbox)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The keitaro-outbox authors <keitaro-outbox@packages.example>" CACHE STRING "Who maintains the package")
# What is for the prefix, and what has a place of its own.
set(CPACK_INSTALL_CMAKE_PROJECTS
  "${PROJECT_BINARY_DIR};${PROJECT_NAME};Unspecified;/usr" "${PROJECT_BINARY_DIR};${PROJECT_NAME};debian;/")
set(CPACK_PACKAGING_INSTALL_PREFIX /)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/strip_library.cmake)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# procps: the units' reload. sqlite3: what operators read and mend rows with. The version is asked of SQLite when it is compiled,
# which the symbols in the binary do not tell.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "ca-certificates, procps, sqlite3, libsqlite3-0 (>= 3.40)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS python3)  # check-writer, altercpa-sim
set(CPACK_DEBIAN_PACKAGE_SUGGESTS
  "libsqlite3-dev (>= 3.40), libsqlitecpp-dev (>= 3.2), libpq-dev (>= 14), libcurl4-openssl-dev (>= 7.87) | libcurl4-gnutls-dev (>= 7.87), bash-completion")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "transactional outbox in SQLite for Keitaro postbacks")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "An application inserts conversions into a table of its own SQLite file, in
the transaction that records the business fact; a worker sends each to the
Keitaro tracker until it is taken in: in order per click, with retries, without
duplicates.
.
The package has the worker and operator's command keitaro-outbox with its
systemd units, keitaro-sim to try an integration against, the schema, alert
rules and a dashboard, and the C++ library with its headers. Operators read and
mend rows with the sqlite3 shell, which comes with it. Programs that are built
on the library need the suggested development packages.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA)
foreach(file conffiles postinst prerm postrm)
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_LIST_DIR}/debian/${file})
endforeach()
include(CPack)
