// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "comparedemo.h"

#include "comparebar.h"
#include "comparepage.h"
#include "comparetable.h"
#include "inlinemessage.h"
#include "tableaccessible.h"
#include "texttab.h"
#include "windowmodels.h"

#include <QApplication>
#include <QComboBox>
#include <QTest>

namespace taffrail::ui {

/// A compare page on its own with a desk that answers when told.
struct CompareFixture {
    CompareFixture()
    {
        TableAccessible::install();
        demo::feed(console, demo::comparableStates());
        models = std::make_unique<WindowModels>(console);
        models->setCompareDesk(&desk);
        page = std::make_unique<ComparePage>(*models, nullptr);
        page->resize(1000, 700);
        page->show();
    }

    bool settle()
    {
        return QTest::qWaitFor([this] { return !page->model().isBusy() && !page->textTab()->isBusy(); });
    }
    void answer(const items::ComparisonPtr &made)
    {
        desk.answer(made);
        QVERIFY(settle());
    }
    void compareShops()
    {
        page->compareWith(QStringLiteral("shop-production"));
        answer(demo::comparison(demo::comparedShops()));
    }
    void chooseView(MatrixView view)
    {
        QComboBox *combo = page->bar()->view();
        combo->setCurrentIndex(combo->findData(int(view)));
        emit combo->activated(combo->currentIndex());
        QVERIFY(settle());
    }
    int rowOf(const QString &key)
    {
        for (int row = 0; row < page->model().rowCount(); ++row) {
            if (page->model().index(row, 0).data().toString() == key)
                return row;
        }
        return -1;
    }
    bool choose(const QString &key, int column)
    {
        const int row = rowOf(key);
        if (row < 0)
            return false;
        page->table()->setCurrentIndex(page->model().index(row, column));
        return settle();
    }

    items::ConsoleModels console;
    demo::FakeCompareDesk desk;
    std::unique_ptr<WindowModels> models;
    std::unique_ptr<ComparePage> page;
};

} // namespace taffrail::ui
