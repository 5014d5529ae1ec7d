// SPDX-License-Identifier: GPL-3.0-or-later
// Linked into every program of the tsan preset, nowhere else. Debian's Qt is not built with ThreadSanitizer, so that
// its locks are not seen: every posted call would look like a race. These functions stand before Qt's own of the same
// names, tell the sanitizer what Qt promises (what was done before posting is seen by what is posted), and call Qt's.
#include <QObject>
#include <QRunnable>
#include <QThreadPool>

#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include <functional>

namespace {

template <typename Function> Function next(const char *name)
{
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

char signalOrder; // of signals over threads: their slots are Qt's own objects, so one place has to do for all

/// A posted call that is told when it was handed over.
class OrderedCall : public QtPrivate::QSlotObjectBase {
public:
    explicit OrderedCall(QtPrivate::QSlotObjectBase *call) : QSlotObjectBase(&OrderedCall::act), m_call(call)
    {
        __tsan_release(this);
    }

private:
    __attribute__((no_sanitize("thread"))) static void act(int which, QSlotObjectBase *self, QObject *receiver,
                                                           void **arguments, bool *result)
    {
        auto *own = static_cast<OrderedCall *>(self);
        __tsan_acquire(own);
        if (which == Destroy) {
            own->m_call->destroyIfLastRef();
            delete own;
        } else if (which == Call) {
            __tsan_acquire(&signalOrder);
            void *returned[] = {arguments[0]}; // of an event that is Qt's own; a posted call has no other arguments
            own->m_call->call(receiver, returned);
            __tsan_release(own);
        } else if (which == Compare) {
            *result = own->m_call->compare(arguments);
        }
    }

    QtPrivate::QSlotObjectBase *m_call;
};

/// A job of a pool: started after start(), over before waitForDone() returns.
class OrderedJob : public QRunnable {
public:
    OrderedJob(std::function<void()> work, QThreadPool *pool) : m_work(std::move(work)), m_pool(pool)
    {
        __tsan_release(this);
    }
    ~OrderedJob() override
    {
        m_work = {};
        __tsan_release(m_pool);
    }

    __attribute__((no_sanitize("thread"))) void run() override
    {
        __tsan_acquire(this);
        m_work();
    }

private:
    std::function<void()> m_work;
    QThreadPool *m_pool;
};

} // namespace

bool QMetaObject::invokeMethodImpl(QObject *object, QtPrivate::QSlotObjectBase *slot, Qt::ConnectionType type,
                                   void *ret)
{
    using Function = bool (*)(QObject *, QtPrivate::QSlotObjectBase *, Qt::ConnectionType, void *);
    static const auto own = next<Function>(
        "_ZN11QMetaObject16invokeMethodImplEP7QObjectPN9QtPrivate15QSlotObjectBaseEN2Qt14ConnectionTypeEPv");
    return own(object, new OrderedCall(slot), type, ret);
}

void QMetaObject::activate(QObject *sender, const QMetaObject *meta, int index, void **arguments)
{
    using Function = void (*)(QObject *, const QMetaObject *, int, void **);
    static const auto own = next<Function>("_ZN11QMetaObject8activateEP7QObjectPKS_iPPv");
    __tsan_release(&signalOrder);
    own(sender, meta, index, arguments);
}

void QThreadPool::start(std::function<void()> functionToRun, int priority)
{
    start(new OrderedJob(std::move(functionToRun), this), priority);
}

bool QThreadPool::waitForDone(int msecs)
{
    using Function = bool (*)(QThreadPool *, int);
    static const auto own = next<Function>("_ZN11QThreadPool11waitForDoneEi");
    const bool done = own(this, msecs);
    __tsan_acquire(this);
    return done;
}
