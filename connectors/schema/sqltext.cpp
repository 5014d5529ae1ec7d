// SPDX-License-Identifier: GPL-3.0-or-later
#include "sqltext.h"

#include <algorithm>

namespace taffrail::schema {

namespace {

void blank(QByteArray &sql, qsizetype from, qsizetype to)
{
    for (qsizetype i = from; i < to; ++i) {
        if (sql[i] != '\n')
            sql[i] = ' ';
    }
}

bool startsCopyFromStdin(const QByteArray &line)
{
    const QByteArray words = line.simplified().toLower();
    return words.startsWith("copy ") && words.contains(" from stdin") && words.endsWith(';');
}

/// ${name} becomes a name of the same length: p_____
void namePlaceholders(QByteArray &sql)
{
    for (qsizetype at = sql.indexOf("${"); at >= 0; at = sql.indexOf("${", at + 1)) {
        const qsizetype end = sql.indexOf('}', at);
        if (end < 0 || sql.mid(at, end - at).contains('\n'))
            continue;
        std::fill(sql.begin() + at, sql.begin() + end + 1, '_');
        sql[at] = 'p';
    }
}

} // namespace

QByteArray parseableSql(QByteArray sql)
{
    std::replace(sql.begin(), sql.end(), '\0', ' ');
    bool isData = false;
    for (qsizetype start = 0; start < sql.size();) {
        qsizetype end = sql.indexOf('\n', start);
        if (end < 0)
            end = sql.size();
        const QByteArray line = sql.mid(start, end - start);
        if (isData) {
            isData = line.trimmed() != "\\.";
            blank(sql, start, end);
        } else if (line.trimmed().startsWith('\\')) {
            blank(sql, start, end);
        } else if (startsCopyFromStdin(line)) {
            isData = true;
        }
        start = end + 1;
    }
    namePlaceholders(sql);
    return sql;
}

int lineAt(const QByteArray &sql, qsizetype position)
{
    return 1 + int(std::count(sql.begin(), sql.begin() + std::clamp(position, qsizetype(0), sql.size()), '\n'));
}

} // namespace taffrail::schema
