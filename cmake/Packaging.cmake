# SPDX-License-Identifier: GPL-3.0-or-later
# What is installed where, and the Debian package (./dev package).
include(GNUInstallDirs)

install(TARGETS taffrail RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${PROJECT_SOURCE_DIR}/resources/io.taffrail.Taffrail.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
install(FILES ${PROJECT_SOURCE_DIR}/resources/icons/taffrail.svg DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps)
install(FILES ${PROJECT_SOURCE_DIR}/resources/inventory.schema.json ${PROJECT_SOURCE_DIR}/resources/findings.json
    DESTINATION ${CMAKE_INSTALL_DATADIR}/taffrail)
install(FILES ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Manual page, changelog and copyright in the form that Debian wants them.
find_program(GZIP gzip REQUIRED)
set(zipped)
foreach(file taffrail.1 changelog)
    add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/${file}.gz
        COMMAND ${GZIP} -9nc ${PROJECT_SOURCE_DIR}/resources/${file} > ${PROJECT_BINARY_DIR}/${file}.gz
        DEPENDS ${PROJECT_SOURCE_DIR}/resources/${file} VERBATIM)
    list(APPEND zipped ${PROJECT_BINARY_DIR}/${file}.gz)
endforeach()
add_custom_target(taffrail_manual ALL DEPENDS ${zipped})
add_dependencies(taffrail taffrail_manual)
install(FILES ${PROJECT_BINARY_DIR}/taffrail.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${PROJECT_BINARY_DIR}/changelog.gz ${PROJECT_SOURCE_DIR}/resources/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME taffrail)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The Taffrail developers <taffrail@example.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "desktop console for deployments, migrations, backups and health")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Reads environments over SSH and PostgreSQL, without an agent, and shows
side by side what is deployed, which migrations are applied or pending, how
old the newest good backup is, and whether the environment is healthy. The
same program is a command line for scripts and incident notes.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Loaded or run at run time, so not seen in the program's library list: the SQLite driver, the icon's renderer, and ssh -G.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libqt6sql6-sqlite, libqt6svg6, openssh-client")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "qt6-wayland")
include(CPack)
